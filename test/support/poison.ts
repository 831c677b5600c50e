import { createServer } from "node:net";
import { giveBuffer, takeBuffer } from "../../src/core/buffer-pool.ts";
import { connectSocket } from "../../src/core/byte-socket.ts";
import type { Teardown } from "./teardown.ts";

/** What nobody may ever get: it looks like replies, so that whoever reads too far goes on reading. */
export const poison = "VALUE poison 0 6\r\npoison\r\nEND\r\nSTORED\r\nVA 6\r\npoison\r\nMN\r\n";

/** Fills the free buffers of this thread's pool with it, some of each size up to 256 KiB. */
export function poisonPool(): void {
  const taken: Buffer[] = [];
  for (let bits = 10; bits <= 18; bits++) {
    for (let i = 0; i < 4; i++) taken.push(takeBuffer(1 << bits));
  }
  for (const buffer of taken) giveBuffer(buffer.fill(poison));
}

/** Returns what fills this thread's read buffer with it, all of it: a connection that reads nothing else. */
export async function startPoisoner(t: Teardown): Promise<() => Promise<void>> {
  const bytes = Buffer.alloc(256 * 1024, poison);
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => socket.write(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  let left = 0;
  let done = (): void => {};
  const { port } = server.address() as { port: number };
  const socket = connectSocket({ host: "127.0.0.1", port }, (buffer, length) => {
    left -= length;
    // However little one read brings: the rest of the buffer is the poison's, too.
    buffer.fill(poison);
    if (left <= 0) done();
  });
  await new Promise((resolve) => socket.once("connect", resolve));
  t.teardown(() => {
    socket.destroy();
    server.close();
  });
  return async () => {
    left = bytes.length;
    const { promise, resolve } = Promise.withResolvers<void>();
    done = resolve;
    socket.write("more");
    await promise;
  };
}
