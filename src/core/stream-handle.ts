import type { Server, Socket } from "node:net";
import { loadUtil } from "./lazy-builtins.ts";

/** Takes what a connection reads; the bytes are valid during the call only. */
export type OnBytes = (bytes: Buffer, length: number) => void;

/**
 * The short way between a socket and the kernel. For each read and write `net.Socket` goes through the state of two
 * streams and puts a task into a queue, also where the write is over when the call returns: much of the user time of a
 * proxy of small messages, and with many clients most of that is waiting for memory. Here, reads and writes that the
 * kernel completes at once touch nothing but the socket's handle. The end, errors, pausing and closing stay with
 * `net.Socket`.
 *
 * It rests on how Node's own streams use their handles, without documentation: lib/internal/stream_base_commons.js of
 * Node 26, where a write returns a number if it is over and its request if not. With any other version there is no
 * handle, and the socket is used as documented.
 */
export interface StreamHandle {
  onread: (this: StreamHandle, bytes: ArrayBuffer | undefined) => void;
  /** 0, a negative error number, or the request of a write that the kernel has not taken all of. */
  writeBuffer(request: null, bytes: Uint8Array): number | WriteRequest;
  [reading]?: Reading;
}

/** The handle of an accepted connection, as far as a connection without `net.Socket` needs it. */
export interface ConnectionHandle extends StreamHandle {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  shutdown(request: ShutdownRequest): number;
  close(closed: () => void): void;
  /** TCP only, as what follows. */
  reset?(closed: () => void): number;
  getpeername?(into: { address?: string; port?: number }): number;
  setNoDelay?(on: boolean): number;
}

interface ShutdownRequest {
  oncomplete: () => void;
}

interface ListeningHandle {
  onconnection: (this: ListeningHandle, status: number, handle: ConnectionHandle | undefined) => void;
}

/** A write that goes on. */
interface WriteRequest {
  oncomplete: (status: number) => void;
  /** Keeps the bytes alive until then. */
  buffer: Uint8Array;
  /** What it has come to, if it was over before anybody could listen; else null. */
  writeStatus: number | null;
}

/** What is done away with when a write fails. */
export interface Destroyable {
  destroy(error: Error): unknown;
}

interface Reading {
  readonly onBytes: OnBytes;
  readonly buffer: Buffer;
  /** What is done when there is nothing more to read: by `net.Socket`, or in its place. */
  readonly usual: StreamHandle["onread"];
}

/** What the last call of a handle, either way, has come to. */
interface StreamWrap {
  readonly ShutdownWrap: new () => ShutdownRequest;
  readonly streamBaseState: Int32Array;
  readonly kReadBytesOrError: number;
  readonly kLastWriteErr: number;
}

const reading = Symbol("reading");
const endOfFile = -4095;
const known = /^26\./;
const wrap = known.test(process.versions.node) ? streamWrap() : null;

/** The handle of a connected socket, or null where there is no short way, as for TLS, which OpenSSL stands in. */
export function handleOf(socket: object): StreamHandle | null {
  if (wrap === null || "encrypted" in socket) return null;
  const { _handle: handle } = socket as { _handle?: object | null };
  return handle && "writeBuffer" in handle ? (handle as StreamHandle) : null;
}

/**
 * Has `accept` called with the handle of each connection that `server`, which listens, accepts; false where there is no such
 * way. The server neither counts these connections nor waits for them.
 */
export function acceptHandles(server: Server, accept: (handle: ConnectionHandle) => void): boolean {
  if (wrap === null) return false;
  const { _handle: listening } = server as unknown as { _handle: ListeningHandle };
  const usual = listening.onconnection;
  listening.onconnection = function (status, handle) {
    if (status !== 0 || handle === undefined) usual.call(this, status, handle);
    else accept(handle);
  };
  return true;
}

/** What the kernel puts into `buffer`, the socket's `onread` buffer, goes straight to `onBytes`. */
export function readStraight(socket: Socket, buffer: Buffer, onBytes: OnBytes): void {
  const handle = handleOf(socket);
  if (handle === null) return;
  handle[reading] = { onBytes, buffer, usual: handle.onread };
  handle.onread = onread;
}

/** The same where there is no `net.Socket`; `onEnd` takes null when the peer sends no more, else what went wrong. */
export function readHandle(
  handle: ConnectionHandle,
  buffer: Buffer,
  onBytes: OnBytes,
  onEnd: (error: Error | null) => void,
): void {
  const usual = (): void => {
    const status = wrap!.streamBaseState[wrap!.kReadBytesOrError]!;
    if (status < 0) onEnd(status === endOfFile ? null : systemError("read", status));
  };
  handle.useUserBuffer(buffer);
  handle[reading] = { onBytes, buffer, usual };
  handle.onread = onread;
}

/** Sends no more when all that was written is sent; `done` is called then, or when that cannot be. */
export function shutDown(handle: ConnectionHandle, done: () => void): void {
  const request = new wrap!.ShutdownWrap();
  request.oncomplete = done;
  if (handle.shutdown(request) !== 0) done();
}

/** One function for all handles: with thousands of clients, one for each would be a miss of the cache for each read. */
function onread(this: StreamHandle, bytes: ArrayBuffer | undefined): void {
  const { onBytes, buffer, usual } = this[reading]!;
  const length = wrap!.streamBaseState[wrap!.kReadBytesOrError]!;
  if (length > 0) onBytes(buffer, length);
  else usual.call(this, bytes);
}

/**
 * Writes; null if it is over: the kernel has taken all, or the socket, which cannot be written to, is being destroyed.
 * Else the request, to be given to `onWritten` at once.
 */
export function writeStraight(
  socket: Destroyable,
  handle: StreamHandle,
  bytes: Uint8Array,
): WriteRequest | null {
  const result = handle.writeBuffer(null, bytes);
  if (result === 0) return null;
  const error = typeof result === "number" ? result : wrap!.streamBaseState[wrap!.kLastWriteErr]!;
  if (error === 0) return result as WriteRequest;
  socket.destroy(systemError("write", error));
  return null;
}

/** Calls `done` when the kernel has all of `bytes`, or never will. */
export function onWritten(
  socket: Destroyable,
  request: WriteRequest,
  bytes: Uint8Array,
  done: (failed: boolean) => void,
): void {
  request.buffer = bytes;
  request.oncomplete = (status) => {
    if (status < 0) socket.destroy(systemError("write", status));
    done(status < 0);
  };
  if (request.writeStatus !== null) request.oncomplete(request.writeStatus);
}

function systemError(syscall: string, errno: number): NodeJS.ErrnoException {
  const code = loadUtil().getSystemErrorName(errno);
  return Object.assign(new Error(`${syscall} ${code}`), { code, errno, syscall });
}

function streamWrap(): StreamWrap | null {
  try {
    const { binding } = process as unknown as { binding(name: string): StreamWrap };
    const found = binding("stream_wrap");
    const complete = [
      found.ShutdownWrap,
      found.streamBaseState[0],
      found.kReadBytesOrError,
      found.kLastWriteErr,
    ];
    return complete.includes(undefined as never) ? null : found;
  } catch {
    return null;
  }
}
