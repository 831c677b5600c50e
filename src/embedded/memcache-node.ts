import { createServer, type Server, type Socket } from "node:net";
import type { Address } from "../core/address.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { Answer, MemcacheState } from "./memcache-command.ts";
import { MemcacheSession } from "./memcache-session.ts";
import { MemcacheStats } from "./memcache-stats.ts";
import { MemcacheStore } from "./memcache-store.ts";

export interface MemcacheNodeOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** A unix socket in place of host and port. */
  readonly path?: string;
  /** Room for items, in bytes, their overhead included; the least recently used are dropped. Default 64 MiB. */
  readonly maxBytes?: number;
  /** Largest item, in bytes, key and overhead included. Default 1 MiB. */
  readonly maxItem?: number;
  /** Only its wall time is used: items expire by it. */
  readonly clock?: Pick<Clock, "wall">;
}

export interface MemcacheNode {
  /** Where it listens, with the port it got. */
  readonly address: Address;
  /** Clients connected now. */
  readonly connections: number;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

const MIB = 1024 * 1024;

/**
 * Starts an in-process server that speaks memcached's classic text and meta protocols. Rejects if it cannot listen.
 * It keeps all in this thread's memory and is meant for trying things out and for tests.
 */
export async function startMemcacheNode(options: MemcacheNodeOptions = {}): Promise<MemcacheNode> {
  const { maxBytes = 64 * MIB, maxItem = MIB, clock = systemClock } = options;
  const store = new MemcacheStore({ maxBytes, maxItem, now: () => clock.wall() });
  const state = { store, stats: new MemcacheStats() };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    state.stats.add("curr_connections");
    state.stats.add("total_connections");
    socket.once("close", () => {
      sockets.delete(socket);
      state.stats.add("curr_connections", -1);
    });
    serve(socket, state);
  });
  const address = await listen(server, options);
  return {
    address,
    get connections() {
      return sockets.size;
    },
    close: () => close(server, sockets),
  };
}

function serve(socket: Socket, state: MemcacheState): void {
  const session = new MemcacheSession(state);
  socket.on("data", (chunk: Buffer) => {
    state.stats.add("bytes_read", chunk.length);
    const flushed = write(socket, state, session.receive(chunk));
    if (session.closed) socket.destroySoon();
    // A client that does not read is not read from either: what waits for it is bounded by one chunk's answers.
    else if (!flushed) socket.pause();
  });
  socket.on("drain", () => socket.resume());
  // The connection's end is all there is to know; 'close' follows.
  socket.on("error", () => {});
}

/** Writes an answer in one go; false if it could not all be handed to the kernel. */
function write(socket: Socket, { stats }: MemcacheState, answer: Answer): boolean {
  let flushed = true;
  socket.cork();
  for (const piece of answer) {
    flushed = typeof piece === "string" ? socket.write(piece, "latin1") : socket.write(piece);
    stats.add("bytes_written", piece.length);
  }
  socket.uncork();
  return flushed;
}

async function listen(server: Server, options: MemcacheNodeOptions): Promise<Address> {
  const { host = "127.0.0.1", port = 0, path } = options;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path === undefined ? { host, port } : { path }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  if (path !== undefined) return { path };
  const bound = server.address();
  return { host, port: typeof bound === "object" && bound !== null ? bound.port : port };
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  await new Promise<void>((resolve) => {
    // An error only says that it was closed before.
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}
