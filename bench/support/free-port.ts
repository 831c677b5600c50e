import { once } from "node:events";
import { createServer } from "node:net";

/** Below the range from which the kernel takes the local ports of outgoing connections, of which a load makes many. */
const firstPort = 16_384;
const lastPort = 32_767;
const attempts = 200;

const given = new Set<number>();

/** A TCP port of 127.0.0.1 that was free a moment ago and was not given before by this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort + 1));
    if (given.has(port)) continue;
    given.add(port);
    if (await canListen(port)) return port;
  }
  throw new Error("no free port found");
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
