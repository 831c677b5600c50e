import type { Cancel, Clock } from "../../core/clock.ts";
import type { RequestParser } from "../../http1/request-parser.ts";
import type { AccessEntry } from "../../observe/access-entry.ts";
import type { Downstream } from "./downstream.ts";
import type { HttpExchange } from "./http-exchange.ts";

/** What is known of a request when it comes. */
export type AccessStart = Pick<
  AccessEntry,
  "time" | "listener" | "client" | "method" | "host" | "path" | "user_agent"
>;

/** Entries are handed over after so many, or so many ms: a message each would cost more than the request. */
const batchSize = 256;
const batchDelay = 100;

/** How much of a value that a client chooses is logged, in bytes. */
const longest = 1024;

export interface AccessLogParts {
  readonly clock: Pick<Clock, "after" | "wall">;
  send(entries: readonly AccessEntry[]): void;
}

const userAgent = Buffer.from("user-agent");

/** Gathers a line per request, or per sampled request, of all HTTP listeners of a thread. */
export class AccessLog {
  private readonly parts: AccessLogParts;
  private entries: AccessEntry[] = [];
  private cancel: Cancel | null = null;

  constructor(parts: AccessLogParts) {
    this.parts = parts;
  }

  /** Notes a request that the parser has just read, if chance wants it; `share` is that of the requests to be logged. */
  begin(session: Downstream, share: number, head: RequestParser, bytes: Buffer): AccessStart | null {
    if (share < 1 && Math.random() >= share) return null;
    const text = (start: number, end: number) =>
      bytes.toString("latin1", start, Math.min(end, start + longest));
    const agent = head.fields.find(bytes, userAgent);
    return {
      time: Math.round(this.parts.clock.wall()),
      listener: session.host.options.name,
      client: session.client.toString("latin1"),
      method: text(head.methodStart, head.methodEnd),
      host: text(head.hostStart, head.hostEnd),
      path: text(head.pathStart, head.pathEnd),
      user_agent: agent < 0 ? null : text(head.fields.valueStart[agent]!, head.fields.valueEnd[agent]!),
    };
  }

  /** The request is over, at `now` on the clock of its arrival. */
  end(start: AccessStart, exchange: HttpExchange, now: number): void {
    const { route, server } = exchange;
    const { time, listener, client, method, host, path, user_agent } = start;
    this.entries.push({
      time,
      listener,
      route: route?.options.name ?? null,
      pool: route?.options.pool ?? null,
      server: server?.id ?? null,
      client,
      method,
      host,
      path,
      user_agent,
      status: exchange.status,
      error: exchange.error?.replaceAll("_", "-") ?? null,
      duration_us: Math.round((now - exchange.arrived) * 1000),
      request_bytes: exchange.requestBody.length,
      response_bytes: exchange.responseBody.length,
      attempts: exchange.attempts.count,
    });
    if (this.entries.length >= batchSize) this.flush();
    else this.cancel ??= this.parts.clock.after(batchDelay, () => this.flush());
  }

  /** Hands over what has been gathered. */
  flush(): void {
    this.cancel?.();
    this.cancel = null;
    if (this.entries.length === 0) return;
    const { entries } = this;
    this.entries = [];
    this.parts.send(entries);
  }
}
