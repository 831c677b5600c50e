import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * A TCP port of `host` that was free a moment ago, for programs that cannot be told to take any. Another program may
 * take it first, so whoever uses it tries again where binding fails.
 */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  const server = createServer();
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
