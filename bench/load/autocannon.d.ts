/** The part of autocannon 9 that is used here; the package has no types of its own. */
declare module "autocannon" {
  import type { EventEmitter } from "node:events";

  export interface Request {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  }

  /** One connection, or a row of them. Emits `request` when it writes one and `headers` when an answer's head has come. */
  export interface Client extends EventEmitter {
    setRequests(requests: readonly Request[]): void;
  }

  export interface Options {
    readonly url: string;
    readonly connections: number;
    /** Seconds; how long it lasts, unless `amount` says when it is over. */
    readonly duration?: number;
    /** Requests of all connections together. */
    readonly amount?: number;
    readonly timeout: number;
    readonly requests: readonly Request[];
    /** Requests on a connection, after which it is closed; 0: no limit. */
    readonly reconnectRate: number;
    readonly setupClient: (client: Client) => void;
  }

  interface Run extends EventEmitter {
    on(
      event: "response",
      listener: (client: Client, status: number, bytes: number, milliseconds: number) => void,
    ): this;
    on(event: "reqError", listener: (error: Error) => void): this;
  }

  export default function autocannon(options: Options, done: (error: Error | null) => void): Run;
}
