import type { TLSSocketOptions } from "node:tls";
import { type Address, formatAddress } from "../core/address.ts";
import { bufferedBytes } from "../core/buffer-pool.ts";
import { explainListen } from "../core/explain-listen.ts";
import type { TurnClock } from "../core/turn-clock.ts";
import { TlsFiles } from "../upstream/tls-files.ts";
import type { Admission } from "./admission.ts";
import { firstAfter, type PlacedConnection } from "./connection-list.ts";
import type { DataPlaneHost } from "./data-plane-host.ts";
import { Listener } from "./listener.ts";
import type { Snapshot } from "./listener-options.ts";
import type { CommonListenerOptions, HostOf, ListenerProtocol, ProtocolTypes } from "./listener-protocol.ts";
import type { StalledClients } from "./stalled-clients.ts";

interface Open<Opened> {
  readonly listener: Opened;
  readonly tls: TlsFiles | null;
}

/** Listeners of a snapshot that is not in force yet, by their identity. */
export type OpenedListeners<Opened> = ReadonlyMap<string, Open<Opened>>;

export interface ListenerSetOptions {
  readonly host: DataPlaneHost;
  readonly turn: TurnClock;
  /** Several threads listen on the same ports. */
  readonly reusePort: boolean;
  readonly admission: Admission;
  readonly stalled: StalledClients;
  /** Clients connected to all listeners of the thread. */
  connections(): number;
  /** Called when a listener has lost its last client. */
  onRest(): void;
}

/** The listeners of one protocol in force on this thread, and earlier ones whose clients are still being answered. */
export class ListenerSet<T extends ProtocolTypes> {
  private readonly protocol: ListenerProtocol<T>;
  private readonly options: ListenerSetOptions;
  private listeners: OpenedListeners<Listener<T>> = new Map();
  private readonly closing = new Set<Open<Listener<T>>>();
  private paused = false;

  constructor(protocol: ListenerProtocol<T>, options: ListenerSetOptions) {
    this.protocol = protocol;
    this.options = options;
  }

  /** Opens what the snapshot has and the set has not. All or nothing. */
  async open(
    snapshot: Snapshot,
    routerOf: (options: T["options"]) => T["router"],
  ): Promise<OpenedListeners<Listener<T>>> {
    const result = new Map<string, Open<Listener<T>>>();
    try {
      for (const options of this.protocol.listenersOf(snapshot)) {
        const identity = identityOf(options);
        const present = this.listeners.get(identity);
        const open =
          present === undefined
            ? await this.openListener(options, routerOf(options))
            : { ...present, tls: this.tlsFor(options, present) };
        result.set(identity, open);
      }
    } catch (error) {
      await this.abandon(result);
      throw error;
    }
    return result;
  }

  /** From here on nothing can fail: the new settings are in force between two requests. */
  commit(
    snapshot: Snapshot,
    opened: OpenedListeners<Listener<T>>,
    routerOf: (options: T["options"]) => T["router"],
  ): void {
    for (const options of this.protocol.listenersOf(snapshot)) {
      const { listener, tls } = opened.get(identityOf(options))!;
      const before = listener.host.options;
      if (before.name !== options.name)
        listener.moveTo(this.options.host.block(this.protocol.entity, options.name));
      listener.host.options = options;
      listener.host.router = routerOf(options);
      listener.tls = tls && tlsServerOptions(options, tls, this.protocol.alpn(options));
      if (before.socket_mode !== options.socket_mode) listener.changeMode();
    }
    const before = this.listeners;
    this.listeners = opened;
    for (const [identity, open] of before) {
      const after = opened.get(identity);
      if (after === undefined) {
        this.closing.add(open);
        void open.listener.retire().then(() => this.options.onRest());
      } else if (after.tls !== open.tls) open.tls?.close();
    }
  }

  /** Lets go of earlier listeners that have come to rest; true if there were any. */
  release(): boolean {
    let released = false;
    for (const open of this.closing) {
      if (open.listener.accepting || open.listener.sessions.size > 0) continue;
      open.tls?.close();
      this.closing.delete(open);
      released = true;
    }
    return released;
  }

  /** Clients of earlier snapshots are still being answered. */
  get isClosing(): boolean {
    return this.closing.size > 0;
  }

  /** Clients connected. */
  get connections(): number {
    let count = 0;
    for (const { listener } of this.all()) count += listener.sessions.size;
    return count;
  }

  /** Clients of each listener, the first `limit` with a number beyond `after`. */
  *openConnections(after: number, limit: number): Generator<PlacedConnection> {
    for (const { listener } of this.all()) {
      const place = { side: "client", listener: listener.host.options.name } as const;
      for (const connection of firstAfter(listener.sessions, after, limit)) yield { place, connection };
    }
  }

  /** Holds new requests, by not reading them, or lets them go on. */
  setPaused(paused: boolean): void {
    this.paused = paused;
    for (const { listener } of this.all()) {
      listener.host.paused = paused;
      for (const session of listener.sessions) session.proceed();
    }
  }

  /** Accepts no more, and lets clients leave when they are answered. Resolves when no new ones can come. */
  async retire(): Promise<void> {
    await Promise.all(this.all().map(({ listener }) => listener.retire()));
  }

  /** Ends all clients at once; resolves when the ports are free. */
  async close(): Promise<void> {
    const all = this.all();
    const stopped = all.map(({ listener }) => listener.stop());
    for (const { listener, tls } of all) {
      for (const session of listener.sessions) session.close();
      tls?.close();
    }
    await Promise.all(stopped);
  }

  addresses(): Record<string, Address> {
    return Object.fromEntries(
      [...this.listeners.values()].map(({ listener }) => [listener.host.options.name, listener.address()]),
    );
  }

  /** All clients. */
  *sessions(): Generator<T["session"]> {
    for (const { listener } of this.all()) yield* listener.sessions;
  }

  /** Counts the bytes held for clients. */
  measure(): void {
    for (const { listener } of this.listeners.values()) {
      let bytes = 0;
      if (bufferedBytes() > 0) for (const session of listener.sessions) bytes += session.buffered;
      listener.host.block[this.protocol.counters.bufferedBytes] = bytes;
    }
  }

  /** Cuts off clients that have been silent for too long. */
  cutOffIdle(now: number): void {
    for (const { listener } of this.all()) {
      for (const session of listener.sessions) this.protocol.checkTime(session, listener.host, now);
    }
  }

  private all(): Open<Listener<T>>[] {
    return [...this.listeners.values(), ...this.closing];
  }

  private async openListener(options: T["options"], router: T["router"]): Promise<Open<Listener<T>>> {
    const { host, turn, reusePort, admission, stalled, onRest } = this.options;
    const { protocol } = this;
    const tls = this.tlsFor(options, null);
    const sessionHost: T["host"] & HostOf<T> = protocol.createHost({
      options,
      router,
      block: host.block(protocol.entity, options.name),
      turn,
      paused: this.paused,
      admission,
      stalled,
      log: (level, fields, message) =>
        host.log(level, { listener: sessionHost.options.name, ...fields }, message),
      closed: (session) => {
        listener.sessions.delete(session);
        sessionHost.block[protocol.counters.openConnections]! -= 1;
        if (listener.sessions.size === 0) onRest();
      },
      replaced(session, by) {
        listener.sessions.delete(session);
        listener.sessions.add(by);
      },
    });
    const refusal = () => admission.refusalOfClient(this.options.connections());
    const listener = new Listener(protocol, sessionHost, refusal);
    listener.tls = tls && tlsServerOptions(options, tls, protocol.alpn(options));
    try {
      await listener.open(reusePort && !("path" in options.listen));
    } catch (error) {
      tls?.close();
      const why = explainListen(options.listen, error as NodeJS.ErrnoException);
      throw new Error(`listener ${options.name} ${why}`, { cause: error });
    }
    return { listener, tls };
  }

  /** The files of a listener's TLS: those that it has, unless the options name others now. */
  private tlsFor({ name, tls }: T["options"], present: Open<Listener<T>> | null): TlsFiles | null {
    if (tls === null) return null;
    const same = JSON.stringify(present?.listener.host.options.tls) === JSON.stringify(tls);
    if (present?.tls && same) return present.tls;
    const { host, turn } = this.options;
    try {
      const log: DataPlaneHost["log"] = (level, fields, message) => host.log(level, fields, message);
      return new TlsFiles(tls, { clock: turn.clock, log, systemRoots: false });
    } catch (error) {
      throw new Error(`listener ${name}: TLS: ${(error as Error).message}`, { cause: error });
    }
  }

  /** The snapshot comes to nothing: closes what was opened for it. */
  async abandon(opened: OpenedListeners<Listener<T>>): Promise<void> {
    for (const [identity, { listener, tls }] of opened) {
      const present = this.listeners.get(identity);
      if (present === undefined) {
        const stopped = listener.stop();
        // Who was quick enough to connect: nobody would look after them, and `stopped` may wait for them.
        for (const session of listener.sessions) session.close();
        await stopped;
      }
      if (present?.tls !== tls) tls?.close();
    }
  }
}

/**
 * A listener stays open across a reload while it listens at the same address: all else is changed in place (the
 * backlog when it is next opened), and clients stay. A port that the system chooses is known by the listener's name.
 */
function identityOf({ name, listen }: CommonListenerOptions): string {
  return "port" in listen && listen.port === 0 ? `${name} ${formatAddress(listen)}` : formatAddress(listen);
}

/** What the next client's handshake needs: the files may have changed since the last one's. */
function tlsServerOptions(
  options: CommonListenerOptions,
  files: TlsFiles,
  alpn: readonly string[] | null,
): () => TLSSocketOptions {
  const verified = options.tls?.client_ca !== undefined;
  return () => ({
    isServer: true,
    secureContext: files.current(),
    requestCert: verified,
    rejectUnauthorized: verified,
    ...(alpn !== null && { ALPNProtocols: [...alpn] }),
  });
}
