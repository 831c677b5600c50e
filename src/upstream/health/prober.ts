import { connect as connectTcp, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { Address } from "../../core/address.ts";
import type { Clock } from "../../core/clock.ts";
import { errorReason } from "../../core/error-reason.ts";
import { loadTls } from "../../core/lazy-builtins.ts";
import { ownExhaustion } from "../../core/own-exhaustion.ts";
import type { AuthOptions } from "../pool-options.ts";

/** What one probe needs to know. */
export interface ProbeTarget {
  /** Where to connect: a literal address or a unix socket; a name would be looked up once more. */
  readonly address: Address;
  /** For connecting, TLS, authentication and answer together, in ms. */
  readonly timeout: number;
  /** null: no TLS. */
  readonly tls: ConnectionOptions | null;
  readonly auth: AuthOptions | null;
}

export type ProbeResult = { readonly ok: true; readonly version: string } | ProbeFailure;

export interface ProbeFailure {
  readonly ok: false;
  /** Tells a server that answers wrongly or not at all from one that cannot be reached. */
  readonly connected: boolean;
  readonly reason: string;
  /** Set where podmate itself lacked what it takes to ask, which says nothing of the server. */
  readonly own?: boolean;
}

/** A failure to connect. */
export function notConnected(error: unknown): ProbeFailure {
  const lacked = ownExhaustion(error);
  const failure = { ok: false, connected: false, reason: errorReason(error) } as const;
  return lacked === null
    ? failure
    : { ...failure, reason: `${failure.reason}: podmate is ${lacked}`, own: true };
}

/** Longest answer line that is read; a server that sends more without a line end is not a memcached. */
const longestLine = 1024;

/**
 * Asks a server once, on a connection of its own, whether it is a memcached in working order:
 * connect → (TLS) → (auth: STORED) → `version`: VERSION, or where that is an unknown command → `mn`: MN.
 * Never rejects; when it resolves, the connection is gone.
 */
export function probe(target: ProbeTarget, clock: Clock, signal?: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve({ ok: false, connected: false, reason: "cancelled" });
    else new Probe(target, clock, signal, resolve).start();
  });
}

type Stage = "connect" | "auth" | "version" | "mn";

class Probe {
  readonly #target: ProbeTarget;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (result: ProbeResult) => void;
  readonly #cancelDeadline: () => void;
  readonly #onAbort = (): void => this.#fail("cancelled");
  #socket: Socket | undefined;
  #stage: Stage = "connect";
  #received = "";
  #done = false;

  constructor(
    target: ProbeTarget,
    clock: Clock,
    signal: AbortSignal | undefined,
    resolve: (result: ProbeResult) => void,
  ) {
    this.#target = target;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#cancelDeadline = clock.after(target.timeout, () => this.#fail(this.#lateness()));
    signal?.addEventListener("abort", this.#onAbort);
  }

  start(): void {
    try {
      this.#connect();
    } catch (error) {
      this.#end(notConnected(error));
    }
  }

  #connect(): void {
    const { address, tls } = this.#target;
    const socket = tls ? loadTls().connect({ ...address, ...tls }) : connectTcp(address);
    this.#socket = socket;
    socket.on("error", (error) => {
      if (this.#stage === "connect") this.#end(notConnected(error));
      else this.#fail(errorReason(error));
    });
    socket.on(tls ? "secureConnect" : "connect", () => this.#greet());
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#read(text));
    socket.on("end", () => this.#fail(this.#cut()));
    socket.on("close", () => this.#fail(this.#cut()));
  }

  #greet(): void {
    const { auth } = this.#target;
    if (auth) {
      const credentials = `${auth.username} ${auth.password}`;
      this.#ask("auth", `set auth 0 0 ${Buffer.byteLength(credentials)}\r\n${credentials}\r\n`);
    } else {
      this.#ask("version", "version\r\n");
    }
  }

  #ask(stage: Stage, request: string): void {
    this.#stage = stage;
    this.#received = "";
    this.#socket?.write(request);
  }

  #read(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf("\n");
    if (end >= 0 && end <= longestLine) this.#answer(this.#received.slice(0, end).replace(/\r$/, ""));
    else if (this.#received.length > longestLine) this.#fail(`endless answer: ${quote(this.#received)}`);
  }

  #answer(line: string): void {
    if (this.#stage === "auth" && line === "STORED") this.#ask("version", "version\r\n");
    else if (this.#stage === "auth") this.#fail(`authentication refused: ${quote(line)}`);
    else if (this.#stage === "version" && line === "ERROR") this.#ask("mn", "mn\r\n");
    else if (this.#stage === "version" && line.startsWith("VERSION "))
      this.#end({ ok: true, version: line.slice(8) });
    else if (this.#stage === "mn" && line === "MN") this.#end({ ok: true, version: "unknown" });
    else this.#fail(`unexpected answer: ${quote(line)}`);
  }

  #lateness(): string {
    const within = `within ${this.#target.timeout} ms`;
    if (this.#stage === "connect") return `not connected ${within}`;
    return this.#received ? `only a part of an answer ${within}` : `no answer ${within}`;
  }

  #cut(): string {
    if (this.#stage === "connect") return "closed before it was connected";
    return this.#received ? "closed in the middle of an answer" : "closed without an answer";
  }

  #fail(reason: string): void {
    this.#end({ ok: false, connected: this.#stage !== "connect", reason });
  }

  /** The first outcome counts; what the dying socket still says is dropped. */
  #end(result: ProbeResult): void {
    if (this.#done) return;
    this.#done = true;
    this.#cancelDeadline();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    const socket = this.#socket;
    if (socket && !socket.closed) {
      socket.once("close", () => this.#resolve(result));
      socket.destroy();
    } else {
      this.#resolve(result);
    }
  }
}

/** What a peer sent, short enough for a log line and without control characters. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
