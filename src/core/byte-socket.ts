import { connect as connectTcp, type NetConnectOpts, Socket } from "node:net";
import { type OnBytes, readStraight } from "./stream-handle.ts";

/**
 * Reading with one buffer per thread. Node hands every 'data' event a buffer of its own; with `onread` the
 * kernel writes into a buffer that is used again for the next read of any connection, which takes 25–40 % off
 * the user time of a proxy of small messages.
 *
 * `net.connect` offers `onread`; for an accepted connection it exists only in the constructor of `net.Socket`,
 * so the accepted socket's handle (a property without documentation) is moved to a new socket. Where there is no such
 * handle, and for TLS, the fallback is a 'data' event.
 */

/** As much as a loopback connection has ready at once for a large value; one per thread. */
const shared = Buffer.allocUnsafeSlow(256 * 1024);

/** Connects, and reads into the thread's buffer. */
export function connectSocket(options: NetConnectOpts, onBytes: OnBytes): Socket {
  const socket = connectTcp({ ...options, onread: { buffer: shared, callback: reader(onBytes) } });
  // Not before: a name with several addresses takes a new handle for each attempt.
  return socket.once("connect", () => readStraight(socket, shared, onBytes));
}

/**
 * Takes over a connection accepted by a server with `pauseOnConnect`. The accepted socket is empty afterwards:
 * the server no longer counts the connection, nor does `server.close()` wait for it.
 */
export function adoptSocket(accepted: Socket, onBytes: OnBytes): Socket {
  const holder = accepted as unknown as { _handle: object | null };
  const handle = holder._handle;
  if (handle === null || !("useUserBuffer" in handle)) return readEvents(accepted, onBytes);
  holder._handle = null;
  // Without a handle this closes nothing; it tells the server to count one connection less.
  accepted.destroy();
  const { allowHalfOpen } = accepted;
  const options = { handle, allowHalfOpen, onread: { buffer: shared, callback: reader(onBytes) } };
  const socket = new Socket(options as never);
  readStraight(socket, shared, onBytes);
  socket.resume();
  return socket;
}

/** The plain way: for TLS, and where a handle cannot be moved. */
export function readEvents<S extends Socket>(socket: S, onBytes: OnBytes): S {
  socket.on("data", (bytes: Buffer) => onBytes(bytes, bytes.length));
  socket.resume();
  return socket;
}

/**
 * Stops reading and puts back what was read too far: the socket is ready for whoever speaks another protocol on it.
 * To be called while `bytes` are being read.
 */
export function handBack(socket: Socket, bytes: Buffer): void {
  socket.removeAllListeners("data");
  socket.pause();
  socket.unshift(Buffer.from(bytes));
}

function reader(onBytes: OnBytes) {
  return (length: number, bytes: Uint8Array) => {
    onBytes(bytes as Buffer, length);
    return true;
  };
}
