import type { Address } from "../core/address.ts";
import type { ByteStream } from "../core/byte-stream.ts";
import type { OpenConnection } from "../core/open-connection.ts";
import type { TurnClock } from "../core/turn-clock.ts";
import type { Admission } from "./admission.ts";
import type { ServerTlsOptions, Snapshot } from "./listener-options.ts";
import type { StalledClients, StallingClient } from "./stalled-clients.ts";

/** What every listener can be told, whatever it speaks. */
export interface CommonListenerOptions {
  readonly name: string;
  readonly listen: Address;
  /** Permission bits of a unix socket, e.g. 0o660. */
  readonly socket_mode?: number;
  readonly backlog: number;
  readonly tls: ServerTlsOptions | null;
  readonly limits: { readonly connections: number };
}

/** One client, as its listener sees it. */
export interface ListenerSession extends OpenConnection, StallingClient {
  /** Bytes from the client; valid during the call only. */
  onBytes(bytes: Buffer, length: number): void;
  /** Goes on where a pause, or a limit, had stopped it. */
  proceed(): void;
  /** Closes as soon as what the client has sent is answered. */
  leave(): void;
  close(): void;
  /** Bytes held for this client. */
  readonly buffered: number;
}

/** What sessions share with their listener: the same object for all of them, and swapped in place by a reload. */
export interface ListenerHost<Options, Router, Session> {
  options: Options;
  router: Router;
  block: Float64Array;
  readonly turn: TurnClock;
  /** New requests are held, not read. */
  paused: boolean;
  /** What all clients of the thread have under way together. */
  readonly admission: Admission;
  readonly stalled: StalledClients;
  log(level: "info" | "warn", fields: Record<string, unknown>, message: string): void;
  closed(session: Session): void;
  /** A client goes on in another protocol. */
  replaced(session: Session, by: Session): void;
}

/** Where a listener counts in its block. */
export interface ListenerCounters {
  readonly connections: number;
  readonly openConnections: number;
  readonly rejectedConnections: number;
  readonly bufferedBytes: number;
}

/** The types that go with one protocol. */
export interface ProtocolTypes {
  readonly options: CommonListenerOptions;
  readonly router: unknown;
  readonly session: ListenerSession;
  readonly host: unknown;
}

/** What every host has, of the types of one protocol. */
export type HostOf<T extends ProtocolTypes> = ListenerHost<T["options"], T["router"], T["session"]>;

/** What is different between the listeners of one protocol and those of another. */
export interface ListenerProtocol<T extends ProtocolTypes> {
  readonly entity: "listener" | "httpListener";
  readonly counters: ListenerCounters;
  listenersOf(snapshot: Snapshot): readonly T["options"][];
  /** Protocols that TLS offers, in order of preference; null: none. */
  alpn(options: T["options"]): readonly string[] | null;
  createHost(base: HostOf<T>): T["host"] & HostOf<T>;
  createSession(host: T["host"] & HostOf<T>, socket: ByteStream, secure: boolean): T["session"];
  /** The last words to a client that is turned away. */
  refusal(draining: boolean): string;
  /** Cuts a client off that has been silent for too long; called about once a second. */
  checkTime(session: T["session"], host: T["host"] & HostOf<T>, now: number): void;
}
