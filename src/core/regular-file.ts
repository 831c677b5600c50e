import { loadFs } from "./lazy-builtins.ts";

const readAtOnce = 16 * 1024;

/**
 * The first `most` bytes of a file, or all of it if it is shorter; those of the kernel that tell no size are read, too.
 * Rejects where the path leads to no regular file: to wait for somebody who writes to a pipe would take one of the four
 * threads that read files for the whole process, and a device may never end.
 */
export async function readRegularFile(path: string, most: number): Promise<Buffer> {
  const { promises, constants } = loadFs();
  await using file = await promises.open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (!(await file.stat()).isFile()) throw new Error("it is no regular file");
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < most) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(Math.min(most - length, readAtOnce)));
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(chunks, length);
}
