import type { ByteStream } from "../core/byte-stream.ts";
import type { OpenConnection } from "../core/open-connection.ts";
import type { ConnectionQuery } from "../workers/messages.ts";

/** Where a connection belongs. */
export type ConnectionPlace =
  | { readonly side: "client"; readonly listener: string }
  | { readonly side: "server"; readonly pool: string; readonly server: string };

/** A connection with its place, as a side of the data plane knows it. */
export interface PlacedConnection {
  readonly place: ConnectionPlace;
  readonly connection: OpenConnection;
}

/** An open connection in numbers. */
export interface ConnectionFacts {
  readonly serial: number;
  readonly place: ConnectionPlace;
  /** `host:port`; empty for a unix socket. */
  readonly peer: string;
  readonly tls: boolean;
  /** In ms. */
  readonly age: number;
  readonly requests: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/**
 * The first connections of what `all` gives. Sockets are asked (which costs a system call each) only for those in the answer;
 * the others cost a comparison.
 * @param now ms of the thread's clock
 */
export function listConnections(
  all: Iterable<PlacedConnection>,
  { side, after, limit }: ConnectionQuery,
  now: number,
): ConnectionFacts[] {
  const found: PlacedConnection[] = [];
  for (const placed of all) {
    const { place, connection } = placed;
    if (connection.serial > after && (side === null || side === place.side)) found.push(placed);
  }
  found.sort((a, b) => a.connection.serial - b.connection.serial);
  return found.slice(0, limit).flatMap((placed) => facts(placed, now));
}

/** The first `limit` after `after` of connections in the order of their numbers. */
export function* firstAfter<C extends OpenConnection>(
  connections: Iterable<C>,
  after: number,
  limit: number,
): Generator<C> {
  let left = limit;
  for (const connection of connections) {
    if (connection.serial <= after) continue;
    if (left-- === 0) return;
    yield connection;
  }
}

function facts({ place, connection }: PlacedConnection, now: number): ConnectionFacts[] {
  const { socket } = connection;
  if (socket === null) return [];
  return [
    {
      serial: connection.serial,
      place,
      peer: peerOf(socket),
      tls: "encrypted" in socket,
      age: Math.max(0, now - connection.openedAt),
      requests: connection.requests,
      readBytes: socket.bytesRead,
      writtenBytes: writtenBytes(socket),
    },
  ];
}

function peerOf({ remoteAddress, remotePort }: ByteStream): string {
  if (remoteAddress === undefined || remotePort === undefined) return "";
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, "");
  return address.includes(":") ? `[${address}]:${remotePort}` : `${address}:${remotePort}`;
}

/** What went the short way (see `stream-handle.ts`) is counted by the handle alone. */
function writtenBytes(socket: ByteStream): number {
  const { _handle: handle } = socket as unknown as { _handle?: { readonly bytesWritten?: number } | null };
  return Math.max(socket.bytesWritten ?? 0, handle?.bytesWritten ?? 0);
}
