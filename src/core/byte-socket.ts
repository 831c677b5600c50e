import { connect as connectTcp, type NetConnectOpts, type Server, Socket } from "node:net";
import type { ByteStream } from "./byte-stream.ts";
import { StraightSocket } from "./straight-socket.ts";
import { acceptHandles, type ConnectionHandle, type OnBytes, readStraight } from "./stream-handle.ts";

/**
 * Reading with one buffer per thread. Node hands every 'data' event a buffer of its own; with `onread` the
 * kernel writes into a buffer that is used again for the next read of any connection, which takes 25–40 % off
 * the user time of a proxy of small messages.
 *
 * `net.connect` offers `onread`. An accepted connection is read by `StraightSocket` where this version of Node allows it,
 * else, and for TLS, by a 'data' event.
 */

/** As much as a loopback connection has ready at once for a large value; one per thread. */
const shared = Buffer.allocUnsafeSlow(256 * 1024);

/** Connects, and reads into the thread's buffer. */
export function connectSocket(options: NetConnectOpts, onBytes: OnBytes): Socket {
  const socket = connectTcp({ ...options, onread: { buffer: shared, callback: reader(onBytes) } });
  // Not before: a name with several addresses takes a new handle for each attempt.
  return socket.once("connect", () => readStraight(socket, shared, onBytes));
}

/** A connection that was accepted, before anybody has made anything of it. */
export type Accepted = Socket | ConnectionHandle;

/** Listens for connections of `server`, which listens already, made with `pauseOnConnect` and `allowHalfOpen`. */
export function onAccepted(server: Server, accept: (accepted: Accepted) => void): void {
  if (!acceptHandles(server, accept)) server.on("connection", accept);
}

/** The connection as a stream that reads into the thread's buffer. */
export function streamOf(accepted: Accepted, onBytes: OnBytes): ByteStream {
  if (accepted instanceof Socket) return readEvents(accepted, onBytes);
  accepted.setNoDelay?.(true);
  return new StraightSocket(accepted, shared, onBytes).resume();
}

/** The connection as `net.Socket`, paused. */
export function socketOf(accepted: Accepted): Socket {
  return accepted instanceof Socket ? accepted : socketOn(accepted);
}

/** The plain way: for TLS, and where a handle cannot be moved. */
export function readEvents<S extends Socket>(socket: S, onBytes: OnBytes): S {
  socket.on("data", (bytes: Buffer) => onBytes(bytes, bytes.length));
  socket.resume();
  return socket;
}

/**
 * Stops reading and puts back what was read too far: a socket for node:http2, which reads from the handle itself (nobody
 * else can: the handle keeps reading into the thread's buffer). To be called while `bytes` are being read.
 */
export function handBack(stream: ByteStream, bytes: Buffer): Socket {
  const socket = stream instanceof StraightSocket ? socketOn(stream.release()!) : (stream as Socket);
  socket.removeAllListeners("data");
  socket.pause();
  socket.unshift(Buffer.from(bytes));
  return socket;
}

function socketOn(handle: ConnectionHandle): Socket {
  const options = { handle, allowHalfOpen: true, pauseOnCreate: true, noDelay: true };
  return new Socket(options as never);
}

function reader(onBytes: OnBytes) {
  return (length: number, bytes: Uint8Array) => {
    onBytes(bytes as Buffer, length);
    return true;
  };
}
