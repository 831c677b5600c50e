import { once } from "node:events";
import type { Socket } from "node:net";

/** A long message that is the same piece again and again: `start`, `count` times `piece`, `end`. */
export interface ByteStream {
  readonly start: Buffer;
  readonly piece: Buffer;
  readonly count: number;
  readonly end: Buffer;
}

/** Sends it as fast as the socket takes it, without holding more than a piece. Rejects if the socket is closed before. */
export async function sendStream(socket: Socket, { start, piece, count, end }: ByteStream): Promise<void> {
  socket.write(start);
  for (let i = 0; i < count; i++) if (!socket.write(piece)) await once(socket, "drain");
  socket.write(end);
}

/**
 * Reads it, and rejects at the first byte that differs or where it ends too early. Every `pauseEvery` bytes `pause` is
 * waited for before more is read.
 */
export async function expectStream(
  socket: Socket,
  stream: ByteStream,
  { pauseEvery, pause }: { readonly pauseEvery: number; readonly pause: () => Promise<void> },
): Promise<void> {
  const { start, piece, count, end } = stream;
  const length = start.length + piece.length * count + end.length;
  const twice = Buffer.concat([piece, piece]);
  const expected = (at: number, size: number): Buffer => {
    if (at < start.length) return start.subarray(at, at + size);
    const inPieces = at - start.length;
    const left = piece.length * count - inPieces;
    if (left <= 0) return end.subarray(-left, size - left);
    const from = inPieces % piece.length;
    return twice.subarray(from, from + Math.min(size, left));
  };
  let at = 0;
  let sincePause = 0;
  const check = (chunk: Buffer): void => {
    for (let done = 0; done < chunk.length; ) {
      const wanted = expected(at, Math.min(chunk.length - done, piece.length));
      if (wanted.length === 0 || !chunk.subarray(done, done + wanted.length).equals(wanted)) {
        throw new Error(`something else came within ${wanted.length} bytes from byte ${at} of ${length}`);
      }
      done += wanted.length;
      at += wanted.length;
    }
  };
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed at byte ${at} of ${length}`)));
    socket.on("data", (chunk: Buffer) => {
      try {
        check(chunk);
      } catch (error) {
        reject(error);
        socket.destroy();
        return;
      }
      if (at === length) resolve();
      sincePause += chunk.length;
      if (sincePause < pauseEvery) return;
      sincePause = 0;
      socket.pause();
      pause().then(() => socket.resume(), reject);
    });
  });
}
