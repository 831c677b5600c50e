import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Address } from "../../src/core/address.ts";
import type { Teardown } from "./teardown.ts";

/** A server such as an app would have: node:http as it comes, closed when the test ends. */
export async function startHttpApp(
  t: Teardown,
  answer: RequestListener,
): Promise<{ readonly address: Address; readonly server: Server }> {
  const server = createServer(answer);
  // The test says when connections end, and not a machine on which 5 s go by.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port }, server };
}
