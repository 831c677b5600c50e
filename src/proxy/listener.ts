import { chmodSync } from "node:fs";
import { createServer, type ListenOptions, type Server as NetServer, type Socket } from "node:net";
import { TLSSocket, type TLSSocketOptions } from "node:tls";
import type { Address } from "../core/address.ts";
import { adoptSocket, readEvents } from "../core/byte-socket.ts";
import { type RejectReason, rejectReason } from "../observe/metric-labels.ts";
import { LISTENER } from "../observe/metric-layout.ts";
import { Session, type SessionHost } from "./session.ts";
import { freeStaleSocket } from "./stale-socket.ts";

/** What memcached says when it has no room. */
const full = "ERROR Too many open connections\r\n";

/** Accepts clients at one address and keeps their sessions. */
export class Listener {
  readonly host: SessionHost;
  readonly sessions = new Set<Session>();
  private readonly server: NetServer;
  private readonly admit: () => boolean;
  private readonly tls: (() => TLSSocketOptions) | null;
  private accepting = false;

  /** `admit` says whether the thread takes one more client; `tls` gives what is in force for the next one. */
  constructor(host: SessionHost, admit: () => boolean, tls: (() => TLSSocketOptions) | null) {
    this.host = host;
    this.admit = admit;
    this.tls = tls;
    this.server = createServer(
      { pauseOnConnect: tls === null, allowHalfOpen: true, noDelay: true },
      (socket) => this.accept(socket),
    );
  }

  /** Binds; rejects with the system's error. A socket file that nobody listens on any more is replaced. */
  async open(reusePort: boolean): Promise<void> {
    const { listen, backlog, socket_mode } = this.host.options;
    if ("path" in listen) {
      await freeStaleSocket(listen.path);
      await this.listen({ path: listen.path, backlog });
      if (socket_mode !== undefined) chmodSync(listen.path, socket_mode);
    } else {
      await this.listen({ host: listen.host, port: listen.port, backlog, reusePort });
    }
    this.accepting = true;
    // What goes wrong with accepting one connection (no descriptor left) is not the end of the listener.
    this.server.on("error", (error) => this.host.log("warn", { error: error.message }, "cannot accept"));
  }

  /** Where it listens, with the port that the system chose. */
  address(): Address {
    const bound = this.server.address();
    if (bound === null || typeof bound === "string") return this.host.options.listen;
    return { host: bound.address, port: bound.port };
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
        resolve();
      });
    });
  }

  private accept(accepted: Socket): void {
    const refusal = this.refusal();
    if (refusal !== null) {
      this.reject(accepted, refusal);
      return;
    }
    this.host.block[LISTENER.connections]! += 1;
    if (this.tls !== null) this.acceptTls(accepted, this.tls());
    else {
      const socket = adoptSocket(accepted, (bytes, length) => session.onBytes(bytes, length));
      const session = new Session(this.host, socket);
      this.add(session);
    }
  }

  private refusal(): RejectReason | null {
    if (!this.accepting) return "draining";
    const room = this.sessions.size < this.host.options.limits.connections && this.admit();
    return room ? null : "limit";
  }

  private acceptTls(accepted: Socket, options: TLSSocketOptions): void {
    const socket = new TLSSocket(accepted, options);
    const session = new Session(
      this.host,
      readEvents(socket, (bytes) => session.onBytes(bytes, bytes.length)),
    );
    socket.on("tlsClientError", () => this.countRejection("tls"));
    this.add(session);
  }

  private add(session: Session): void {
    this.sessions.add(session);
    this.host.block[LISTENER.openConnections]! += 1;
    session.proceed();
  }

  private reject(socket: Socket, reason: RejectReason): void {
    this.countRejection(reason);
    socket.on("error", () => {});
    socket.end(full, () => socket.destroy());
  }

  private countRejection(reason: RejectReason): void {
    this.host.block[LISTENER.rejectedConnections + rejectReason[reason]]! += 1;
  }
}
