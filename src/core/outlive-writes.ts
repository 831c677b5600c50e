import type { Socket } from "node:net";

/** What Node keeps of the readable side: one that is marked so emits no "end". */
interface ReadableSide {
  readonly _readableState: { errored: Error | null };
}

/**
 * Has a socket go on reading when a write fails, which net.Socket takes for its end: what the peer has said before it closed
 * is then lost, though it has come. `onFailed` is called in place of the first `destroy` if that is for a write. For sockets
 * that are not written to by their handle (`stream-handle.ts`), as behind TLS.
 */
export function outliveWrites(socket: Socket, onFailed: (error: NodeJS.ErrnoException) => void): void {
  const { destroy } = socket;
  socket.destroy = (error?: NodeJS.ErrnoException) => {
    socket.destroy = destroy;
    if (error?.syscall !== "write") return socket.destroy(error);
    (socket as unknown as ReadableSide)._readableState.errored = null;
    onFailed(error);
    return socket;
  };
}
