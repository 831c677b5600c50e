import type { Address } from "../../core/address.ts";
import type { ServerTlsOptions } from "../listener-options.ts";
import type { Priority } from "../priority.ts";

/** What of a request is hashed. The first of a list that is present decides; where none is, servers take turns. */
export type HashKey =
  /** The value of a header; of several with that name, the first. */
  | { readonly kind: "header"; readonly name: string }
  /** The value of a cookie; with `affinity`, a client without one is given one. */
  | { readonly kind: "cookie"; readonly name: string; readonly affinity: AffinityOptions | null }
  /** The first value of a parameter of the query, as it was sent. */
  | { readonly kind: "query"; readonly name: string }
  /** The path as it was sent, without the query. */
  | { readonly kind: "path" }
  /** The client's address without its port. */
  | { readonly kind: "source_ip" };

/** The cookie that is handed to a client which has none, so that its next request goes to the same server. */
export interface AffinityOptions {
  /** Lifetime in s; 0: until the client ends its session. */
  readonly max_age: number;
  readonly path: string;
  readonly secure: boolean;
  readonly same_site: "lax" | "strict" | "none";
}

/** What becomes of a header that tells servers of the client: `append` to what came, `set` anew, `pass` on, `strip`. */
export type ForwardMode = "append" | "set" | "pass" | "strip";

/** Headers that podmate adds, continues or takes off on the way to the server. */
export interface ForwardedOptions {
  readonly x_forwarded_for: ForwardMode;
  /** `append` means the same as `set` where there is one value only. */
  readonly x_forwarded_proto: "set" | "pass" | "strip";
  readonly x_forwarded_host: "set" | "pass" | "strip";
  /** RFC 7239. */
  readonly forwarded: ForwardMode;
  /** RFC 9110 7.6.3, in both directions; the pseudonym that podmate goes by, or null for no line. */
  readonly via: string | null;
  /** `continue`: an id that came is passed on, and one is made where none came. */
  readonly x_request_id: "continue" | "set" | "pass" | "strip";
  /** W3C Trace Context: `continue` keeps the trace and makes podmate's span its parent. */
  readonly traceparent: "continue" | "pass" | "strip";
}

/** Which requests a route takes, and where they go. The first that matches in the order of the list decides. */
export interface HttpRoute {
  /** Label in metrics and logs. */
  readonly name: string;
  /** Host without port in lower case: exact, `*.example.com`, or null for every one. */
  readonly host: string | null;
  /** Prefix of the path: whole segments (`/api` takes `/api` and `/api/x`, not `/apix`). */
  readonly path: string;
  /** All must be there; a null value asks for no more than presence. */
  readonly headers: readonly { readonly name: string; readonly value: string | null }[];
  readonly pool: string;
  /** Takes the place of `path` in what is sent to the server; null: the path goes as it came. */
  readonly rewrite: string | null;
  readonly hash: readonly HashKey[];
  /** Longest time from the request's head to the end of the answer; 0: the pool's. In ms. */
  readonly timeout: number;
  readonly priority: Priority;
}

/** An HTTP listener: where the app connects. Times in ms, sizes in bytes. */
export interface HttpListenerOptions {
  readonly name: string;
  readonly listen: Address;
  /** Permission bits of a unix socket, e.g. 0o660. */
  readonly socket_mode?: number;
  readonly backlog: number;
  /** In order of precedence: those of the configuration, then the listener's own `pool` as one for all. */
  readonly routes: readonly HttpRoute[];
  readonly tls: ServerTlsOptions | null;
  /** Whether HTTP/2 is spoken: by ALPN with TLS, by prior knowledge (h2c) without. */
  readonly http2: boolean;
  /** Whether CONNECT and Upgrade make tunnels. */
  readonly connect: boolean;
  readonly upgrade: boolean;
  readonly forwarded: ForwardedOptions;
  /** Share of the requests that are logged, 0 to 1. */
  readonly access_log: number;
  /** Longest time between two requests of a connection; 0 = no limit. */
  readonly idle_timeout: number;
  /** Longest time from the first byte of a head to its last, and from the connection to the first byte. */
  readonly head_timeout: number;
  /** Longest pause within a body that the client sends or an answer that it takes. */
  readonly body_timeout: number;
  readonly limits: {
    /** Clients connected at once, per worker. */
    readonly connections: number;
    /** Requests on one connection, after which it is closed; 0 = no limit. */
    readonly requests: number;
    /** Requests at once on one connection of HTTP/2. */
    readonly streams: number;
    /** Length of a request's head, and of its trailers. */
    readonly head: number;
    /** Number of fields in a head. */
    readonly headers: number;
    /** Length of the request target. */
    readonly target: number;
    /** Length of a request's body; 0 = no limit. */
    readonly body: number;
    /** Bytes held for one client before its server, or its own reading, is stopped. */
    readonly buffer: number;
  };
}
