import { createServer, type ListenOptions, type Server as NetServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { TLSSocket, TLSSocketOptions } from "node:tls";
import type { Address } from "../core/address.ts";
import { type Accepted, onAccepted, readEvents, socketOf, streamOf } from "../core/byte-socket.ts";
import { loadFs, loadTls } from "../core/lazy-builtins.ts";
import { ownExhaustion } from "../core/own-exhaustion.ts";
import { freeStaleSocket } from "../core/stale-socket.ts";
import { type RejectReason, rejectReason } from "../observe/metric-labels.ts";
import type { HostOf, ListenerProtocol, ProtocolTypes } from "./listener-protocol.ts";

/** A client that has not shown by then that it speaks TLS is dropped; in ms. */
const longestHandshake = 10_000;

/** What the log says of a client that is refused; nothing where that is the usual course. */
const refusalWords: Partial<Record<RejectReason, string>> = {
  limit: "too many connections",
  open_files: "no open file is left for more clients (ulimit -n)",
};

/** Accepts clients at one address and keeps their sessions. */
export class Listener<T extends ProtocolTypes> {
  readonly host: T["host"] & HostOf<T>;
  readonly sessions = new Set<T["session"]>();
  private readonly protocol: ListenerProtocol<T>;
  private readonly server: NetServer;
  private readonly refusalOfThread: () => RejectReason | null;
  /** What is in force for the next client; null: no TLS. */
  tls: (() => TLSSocketOptions) | null = null;
  accepting = false;

  /** `refusalOfThread` says why the thread does not take one more client; null: it does. */
  constructor(
    protocol: ListenerProtocol<T>,
    host: T["host"] & HostOf<T>,
    refusalOfThread: () => RejectReason | null,
  ) {
    this.protocol = protocol;
    this.host = host;
    this.refusalOfThread = refusalOfThread;
    this.server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
  }

  /** Binds; rejects with the system's error. A socket file that nobody listens on any more is replaced. */
  async open(reusePort: boolean): Promise<void> {
    const { listen, backlog, socket_mode } = this.host.options;
    if ("path" in listen) {
      await freeStaleSocket(listen.path);
      await this.listen({ path: listen.path, backlog });
      if (socket_mode !== undefined) loadFs().chmodSync(listen.path, socket_mode);
    } else {
      await this.listen({ host: listen.host, port: listen.port, backlog, reusePort });
    }
    this.accepting = true;
    // What goes wrong with accepting one connection (no descriptor left) is not the end of the listener.
    this.server.on("error", (error) => {
      if (ownExhaustion(error) !== null) this.countRejection("open_files");
      this.host.log("warn", { error: error.message }, "cannot accept");
    });
  }

  /** Gives the socket file the permissions that the options ask for now. */
  changeMode(): void {
    const { listen, socket_mode } = this.host.options;
    if (!("path" in listen) || socket_mode === undefined) return;
    try {
      loadFs().chmodSync(listen.path, socket_mode);
    } catch (error) {
      this.host.log("warn", { error: (error as Error).message }, "cannot change the socket's permissions");
    }
  }

  /** Counts in another block from now on: the listener has another name. */
  moveTo(block: Float64Array): void {
    const { openConnections } = this.protocol.counters;
    block[openConnections] = this.host.block[openConnections]!;
    this.host.block[openConnections] = 0;
    this.host.block = block;
  }

  /** Where it listens, with the port that the system chose. */
  address(): Address {
    const bound = this.server.address();
    if (bound === null || typeof bound === "string") return this.host.options.listen;
    return { host: bound.address, port: bound.port };
  }

  /**
   * Accepts no more, and lets each client go when it is answered. What clients have sent by now, and who has
   * connected by now, counts: the kernel has it, and gives it to us within the next turn of the event loop.
   */
  async retire(): Promise<void> {
    await setImmediate();
    await setImmediate();
    void this.stop();
    for (const session of this.sessions) session.leave();
  }

  /** Accepts no more; resolves when the port is free. Sessions go on. */
  stop(): Promise<void> {
    if (!this.accepting) return Promise.resolve();
    this.accepting = false;
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private listen(options: ListenOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(options, () => {
        this.server.off("error", reject);
        onAccepted(this.server, (accepted) => this.accept(accepted));
        resolve();
      });
    });
  }

  private accept(accepted: Accepted): void {
    // A session's time begins now, however long the thread has heard of nothing.
    this.host.turn.read();
    const refusal = this.refusal();
    if (refusal !== null) {
      this.reject(socketOf(accepted), refusal);
      return;
    }
    this.host.block[this.protocol.counters.connections]! += 1;
    if (this.tls !== null) this.acceptTls(socketOf(accepted), this.tls());
    else {
      const socket = streamOf(accepted, (bytes, length) => session.onBytes(bytes, length));
      const session = this.protocol.createSession(this.host, socket, false);
      this.add(session);
    }
  }

  private refusal(): RejectReason | null {
    if (!this.accepting) return "draining";
    return this.sessions.size < this.host.options.limits.connections ? this.refusalOfThread() : "limit";
  }

  private acceptTls(accepted: Socket, options: TLSSocketOptions): void {
    const { TLSSocket } = loadTls();
    const socket = new TLSSocket(accepted, options);
    const cancel = this.host.turn.clock.after(longestHandshake, () => socket.destroy());
    const session = this.protocol.createSession(
      this.host,
      readEvents(socket, (bytes) => session.onBytes(bytes, bytes.length)),
      true,
    );
    let shaken = false;
    socket.on("secure", () => {
      shaken = true;
      cancel();
      if (options.requestCert === true && !isTrusted(socket)) {
        this.countRejection("tls");
        socket.destroy();
      }
    });
    socket.on("close", () => {
      cancel();
      if (!shaken) this.countRejection("tls");
    });
    this.add(session);
  }

  private add(session: T["session"]): void {
    this.sessions.add(session);
    this.host.block[this.protocol.counters.openConnections]! += 1;
    session.proceed();
  }

  private reject(socket: Socket, reason: RejectReason): void {
    this.countRejection(reason);
    const words = refusalWords[reason];
    if (words !== undefined) this.host.log("warn", { reason: words }, "client refused");
    socket.on("error", () => {});
    socket.end(this.protocol.refusal(reason === "draining"), () => socket.destroy());
  }

  private countRejection(reason: RejectReason): void {
    this.host.block[this.protocol.counters.rejectedConnections + rejectReason[reason]]! += 1;
  }
}

/**
 * Whether the client's certificate was accepted. A tls.Server asks this itself; a TLSSocket of one's own has only what
 * a tls.Server would ask (properties without documentation), and counts as not trusted where that is not to be had.
 */
function isTrusted(socket: TLSSocket): boolean {
  const { ssl } = socket as unknown as { ssl?: { verifyError?(): Error | null } };
  return ssl?.verifyError?.() === null;
}
