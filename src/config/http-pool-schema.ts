import type { Static } from "typebox";
import { duration, listOf, oneOf, optionalText, section, size, text, typed, whole } from "./schema-terms.ts";

const hour = 3_600_000;
const day = 24 * hour;
const KiB = 2 ** 10;
const MiB = 2 ** 20;

const retry = section(
  {
    attempts: whole(
      { min: 0, max: 10 },
      {
        description:
          "Further attempts at one request, at another server than the last. Never once a byte of an answer has gone to the client.",
        default: 1,
        zero: "none",
      },
    ),
    on: listOf(
      typed<"reset" | "timeout" | 502 | 503 | 504>({
        anyOf: [
          { type: "string", enum: ["reset", "timeout"] },
          { type: "integer", minimum: 502, maximum: 504 },
        ],
        allowed: "reset, timeout, 502, 503 or 504",
        description: "A reason to try again.",
      }),
      {
        description:
          "Reasons to try again, for methods that may be repeated (GET, HEAD, OPTIONS, TRACE, PUT, DELETE), beside connections that could not be opened and reused ones that turned out closed. `reset`: the connection ended without an answer, outside of the budget, for all that a server had under way is lost at once when it dies. `timeout`: no head of an answer within `timeout`. Numbers are statuses.",
        default: ["reset"],
      },
    ),
    budget: whole(
      { min: 0, max: 100 },
      {
        description:
          "Retries in flight at once, in percent of the pool's requests in flight per worker. Keeps retries from burying servers that fail under load.",
        default: 20,
      },
    ),
    least: whole(
      { min: 0, max: 1000 },
      { description: "Retries in flight at once that the budget always allows.", default: 3 },
    ),
    buffer: size(
      { min: 0, max: 16 * MiB },
      {
        description:
          "Bytes of a request that are kept for another attempt; a longer one gets none once it has been sent.",
        default: "64KiB",
      },
    ),
  },
  { description: "Which requests are tried again.", default: {} },
);

/** How HTTP is spoken with the servers of a pool. */
export const httpPool = section({
  version: typed<1 | 2>({
    type: "integer",
    minimum: 1,
    maximum: 2,
    description:
      "1: HTTP/1.1. 2: HTTP/2, by ALPN with `tls`, by prior knowledge without; gRPC needs it. HTTP/1.1 costs less.",
    default: 1,
  }),
  pending: whole(
    { min: 1, max: 2 ** 20 },
    {
      description:
        "Requests per server and worker that wait for a connection; one more is answered 503. Too low: bursts fail. Too high: clients wait for a server that cannot keep up.",
      default: 1024,
    },
  ),
  requests_per_connection: whole(
    { min: 0, max: 2 ** 30 },
    {
      description: "Requests sent over one connection before it is closed.",
      default: 0,
      zero: "no limit",
    },
  ),
  idle_timeout: duration(
    { min: 10, max: day },
    {
      description:
        "Close a connection that has been idle for this long. Keep it below the servers' own (Node.js: 5 s), or requests meet connections that are being closed.",
      default: "4s",
    },
  ),
  request_timeout: duration(
    { min: 1, max: day },
    {
      description:
        "Longest time until an answer is complete, retries included; a route's `timeout` takes precedence. `timeout` of the pool bounds the wait for the head of each answer.",
      default: 0,
      zero: "no limit",
    },
  ),
  body_timeout: duration(
    { min: 1, max: day },
    {
      description:
        "Longest pause within a body that the server sends or takes. Too low: cuts off event streams that are quiet for long.",
      default: "60s",
      zero: "no limit",
    },
  ),
  retry,
  fail_on: listOf(typed<number>({ type: "integer", minimum: 400, maximum: 599, description: "A status." }), {
    description:
      "Statuses that count as failures of the server for its ejection, beside timeouts and broken connections.",
    default: [502, 503, 504],
  }),
  panic: whole(
    { min: 0, max: 100 },
    {
      description:
        "Below this share of servers in service, in percent, all are used as if in service: it is less likely that most servers have failed than that they are misjudged.",
      default: 0,
      zero: "never",
    },
  ),
  balance_factor: typed<number>({
    type: "number",
    minimum: 0,
    maximum: 100,
    allowed: "0 (no bound) or a number above 1 up to 100",
    description:
      "A server takes at most this much of the mean load: with 1.25 a quarter more, beyond which its keys go to others, each always to the same. Near 1: even load, and many keys away from their server. 0: no bound, a hot key loads its server alone.",
    default: 0,
  }),
  slow_start: duration(
    { min: 1, max: hour },
    {
      description:
        "A server that is new or back gets its share of the requests within this time, so that it can warm up.",
      default: 0,
      zero: "at once",
    },
  ),
  host: oneOf(["client", "server"], {
    description:
      "Host header that the servers see: the client's, or their own address from the configuration.",
    default: "client",
  }),
  head_limit: size(
    { min: KiB, max: MiB },
    { description: "Longest head of an answer; a longer one is answered 502.", default: "64KiB" },
  ),
});

/** What an active probe by HTTP asks for, beside its interval and timeout. */
export const httpHealth = {
  path: optionalText(/^\/[!-~]{0,2047}$/, "a path that begins with /", {
    description:
      "HTTP pools: what is asked for by GET. If absent, a server passes when a connection to it opens.",
  }),
  host: optionalText(/^[A-Za-z0-9_.:[\]-]{1,253}$/, "a host name, with or without a port", {
    description: "HTTP pools, with `path`: value of the Host header; the server's address if absent.",
  }),
  statuses: text(/^[1-5]\d\d(-[1-5]\d\d)?$/, "a status or a range of them, as in 200-299", {
    description: "HTTP pools, with `path`: statuses that pass.",
    default: "200-299",
  }),
};

export type HttpPoolForm = Static<typeof httpPool>;
