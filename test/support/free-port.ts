import { once } from "node:events";
import { createServer } from "node:net";

/** Below the range from which the kernel takes ports for who leaves them to it, and for outgoing connections. */
const firstPort = 10_000;
const lastPort = 32_000;

/**
 * A TCP port of `host` that was free a moment ago, for programs that cannot be told to take any. Nobody gets it by chance;
 * whoever wants that very port may take it first, so whoever can try again where binding fails does so.
 */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort));
    if (await canListen(port, host)) return port;
  }
}

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, host), "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}
