import type { Static } from "typebox";
import { type Priority, priorities } from "../proxy/priority.ts";
import {
  duration,
  endpoint,
  flag,
  listOf,
  name,
  nameAllowed,
  oneOf,
  optional,
  optionalText,
  plainName,
  plainNameAllowed,
  section,
  shorthand,
  size,
  text,
  toggle,
  typed,
  whole,
} from "./schema-terms.ts";
import { serverTls } from "./tls-schema.ts";

const second = 1000;
const day = 86_400_000;
const KiB = 2 ** 10;
const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** RFC 9110 5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/;
/** Printable ASCII from / on, without ? and #. */
const path = /^\/[!"$->@-~]{0,2047}$/;
const pathAllowed = "a path that begins with / and has no ? or #";

const affinity = section({
  max_age: duration(
    { min: second, max: 400 * day },
    {
      description: "Lifetime of the cookie in whole seconds.",
      default: 0,
      zero: "until the client ends its session",
    },
  ),
  // What a cookie's attribute can hold (RFC 6265 4.1.1) and a browser takes.
  path: text(/^\/[!-:<-~]{0,1023}$/, "a path that begins with / and has no ;", {
    description: "Path of the cookie.",
    default: "/",
  }),
  secure: flag({ description: "Have the client send it over TLS only.", default: false }),
  same_site: oneOf(["lax", "strict", "none"], {
    description: "Which requests of other sites carry it.",
    default: "lax",
  }),
});

const hashKey = section({
  header: optionalText(token, "the name of a header", {
    description: "The value of this header; of several with that name, the first.",
  }),
  cookie: optionalText(token, "the name of a cookie", { description: "The value of this cookie." }),
  query: optionalText(/^[!-"$%'-<>-~]{1,200}$/, "the name of a parameter", {
    description: "The first value of this parameter of the query, as it was sent.",
  }),
  path: typed<true | null>({
    type: "boolean",
    const: true,
    description: "The path as it was sent, without the query.",
    default: null,
  }),
  source_ip: typed<true | null>({
    type: "boolean",
    const: true,
    description: "The client's address without its port.",
    default: null,
  }),
  affinity: toggle(affinity, {
    description:
      "With `cookie`: a client that has none is given one in its answer, so that its next request goes to the same server.",
    default: false,
  }),
});

const header = shorthand(
  "name",
  section({
    name: text(token, "the name of a header", { description: "Name of the header." }),
    // A value has no blanks at its ends (RFC 9110 5.5).
    value: optionalText(/^[!-~](?:[ -~]{0,998}[!-~])?$/, "printable ASCII without blanks at its ends", {
      description: "Its value to the letter; any if absent.",
    }),
  }),
);

const route = section({
  name: optionalText(name, nameAllowed, {
    description: "Label in metrics and logs; made of `host` and `path` if absent.",
  }),
  host: optionalText(
    /^(?=.{1,253}$)(?:(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*|\[[0-9A-Fa-f:.]+\])$/,
    "a host name without a port, or one that begins with *.",
    {
      description:
        "Host that the request names, without its port; `*.example.com` takes every name below. Any host if absent.",
    },
  ),
  path: text(path, pathAllowed, {
    description:
      "Beginning of the path in whole segments: `/api` takes `/api` and `/api/x`, not `/apix`. Compared byte for byte.",
    default: "/",
  }),
  headers: listOf(header, {
    description: "Headers that the request must have, all of them: names, or maps as below.",
    default: [],
  }),
  pool: text(name, "the name of a pool", { description: "Pool that gets the requests." }),
  rewrite: optionalText(path, pathAllowed, {
    description:
      "What takes the place of `path` in the request to the server; the path goes as it came if absent.",
  }),
  hash: typed<Static<typeof hashKey>[] | null>(
    listOf(hashKey, {
      description: "What of these requests is hashed; as the listener's `hash` if absent.",
      default: null,
    }),
  ),
  timeout: duration(
    { min: 1, max: day },
    {
      description: "Longest time from a request's head to the end of its answer.",
      default: 0,
      zero: "the pool's `request_timeout`",
    },
  ),
  priority: typed<Priority | null>(
    oneOf(priorities, { description: "As the listener's `priority` if absent.", default: null }),
  ),
});

const forwarded = section(
  {
    x_forwarded_for: oneOf(["append", "set", "pass", "strip"], {
      description:
        "What becomes of X-Forwarded-For: the client's address is put behind what came (`append`) or in its place (`set`), the header is passed on as it came or taken off.",
      default: "append",
    }),
    x_forwarded_proto: oneOf(["set", "pass", "strip"], {
      description: "What becomes of X-Forwarded-Proto, which says `http` or `https`.",
      default: "set",
    }),
    x_forwarded_host: oneOf(["set", "pass", "strip"], {
      description: "What becomes of X-Forwarded-Host, which holds the Host header that the client sent.",
      default: "set",
    }),
    forwarded: oneOf(["append", "set", "pass", "strip"], {
      description:
        "What becomes of Forwarded (RFC 7239), which says in one header for whom and by which protocol.",
      default: "pass",
    }),
    via: typed<string | null>({
      anyOf: [
        { type: "string", pattern: token.source, allowed: "a name without blanks" },
        { type: "boolean", const: false },
      ],
      toggle: true,
      description: "Name of podmate in Via (RFC 9110 7.6.3), in both directions. false: no such line.",
      default: "podmate",
    }),
    x_request_id: oneOf(["continue", "set", "pass", "strip"], {
      description: "X-Request-Id: `continue` passes one on that came and makes one where none came.",
      default: "continue",
    }),
    traceparent: oneOf(["continue", "pass", "strip"], {
      description:
        "W3C Trace Context: `continue` keeps the trace and makes a span of podmate's own the parent, which podmate itself reports to nobody.",
      default: "pass",
    }),
  },
  { description: "Headers that tell servers of the client and of the way.", default: {} },
);

/** One HTTP listener as an operator writes it. */
export const httpListener = section({
  name: text(plainName, plainNameAllowed, {
    description: "Label in metrics and logs; each listener has its own.",
  }),
  listen: endpoint("listen", {
    description:
      "Where the app connects: `host:port`, `[ipv6]:port`, `:port` (every IPv4 address), `[::]:port` (every address) or `unix:/path`. Port 0 takes a free one. A unix socket is served by the first worker alone; TCP is shared by all.",
  }),
  socket_mode: optionalText(/^0?[0-7]{3}$/, "three octal digits, as in 0660", {
    description: "Permissions of the unix socket; what the umask leaves if absent.",
  }),
  backlog: whole(
    { min: 1, max: 65535 },
    {
      description:
        "Connections that may wait to be accepted; the kernel cuts it at `net.core.somaxconn`. Too low: bursts of new clients wait a second for their retry.",
      default: 1024,
    },
  ),
  pool: optionalText(name, "the name of a pool", {
    description: "Pool for requests that no route takes. If absent they are answered 404.",
  }),
  hash: listOf(hashKey, {
    description:
      "What of a request is hashed: the first of the list that it has. Where it has none, or the list is empty, servers take turns.",
    default: [],
  }),
  routes: listOf(route, {
    description: "Which requests go to which pool. The first route that takes a request decides.",
    default: [],
  }),
  tls: optional(serverTls, {
    description: "Speak TLS with the app. The files are read again when they change.",
  }),
  http2: flag({
    description:
      "Speak HTTP/2 too: by ALPN with `tls`, by prior knowledge (h2c) without. gRPC needs it. CONNECT on a stream is answered 501, and WebSocket over HTTP/2 (RFC 8441) is not offered.",
    default: false,
  }),
  connect: flag({
    description: "Let CONNECT open tunnels to the servers of the pool; it is answered 405 otherwise.",
    default: false,
  }),
  upgrade: flag({
    description:
      "Let Upgrade open tunnels, as WebSocket does. Off: the header is taken off and the request goes on without it.",
    default: true,
  }),
  forwarded,
  priority: oneOf(priorities, {
    description:
      "Who is refused first (503) when podmate is short of something: as the `limits` at the top fill, low from 75 % on, normal from 90 %, high when they are reached.",
    default: "normal",
  }),
  access_log: typed<"off" | "on" | number>({
    anyOf: [
      { type: "string", enum: ["off", "on"] },
      { type: "number", minimum: 0, maximum: 1 },
    ],
    allowed: "off, on or a number from 0 to 1",
    description: "Log every request, none, or a share of them: 0.01 is every hundredth.",
    default: "off",
  }),
  idle_timeout: duration(
    { min: 100, max: 30 * day },
    {
      description:
        "Close a client that has sent no request for this long. Keep it above the clients' own, or their requests meet connections that are being closed.",
      default: "5m",
      zero: "never",
    },
  ),
  head_timeout: duration(
    { min: 10, max: day },
    {
      description:
        "Longest time from the first byte of a request's head to its last (408), and from a connection to its first byte.",
      default: "30s",
      zero: "no limit",
    },
  ),
  body_timeout: duration(
    { min: 10, max: day },
    {
      description:
        "Longest pause within a body that the client sends (408) or an answer that it takes. Streams of gRPC that rest for longer need more, here and in their pool.",
      default: "60s",
      zero: "no limit",
    },
  ),
  limits: section(
    {
      connections: whole(
        { min: 1, max: 2 ** 20 },
        { description: "Clients connected at once, per worker; one more is closed.", default: 20000 },
      ),
      requests: whole(
        { min: 0, max: 2 ** 30 },
        {
          description: "Requests on one connection, after which it is closed.",
          default: 0,
          zero: "no limit",
        },
      ),
      streams: whole(
        { min: 1, max: 10000 },
        {
          description:
            "Requests at once on one connection of HTTP/2; clients let more of them wait. Each may hold `buffer`, all of them together a sixteenth of the `limits.bytes` at the top, or one read of its server each (64 KiB) where that is more.",
          default: 100,
        },
      ),
      head: size(
        { min: KiB, max: MiB },
        { description: "Length of a request's head (431), and of its trailers.", default: "64KiB" },
      ),
      headers: whole(
        { min: 1, max: 10000 },
        { description: "Number of fields in a request's head (431).", default: 100 },
      ),
      target: size(
        { min: 64, max: MiB },
        { description: "Length of a request's target (414).", default: "8KiB" },
      ),
      body: size(
        { min: 0, max: 1024 * GiB },
        { description: "Length of a request's body (413).", default: 0, zero: "no limit" },
      ),
      buffer: size(
        { min: 16 * KiB, max: GiB },
        {
          description:
            "Bytes held for one client before its server, or its own reading, is stopped. Too low: slow clients slow their servers' connections down. Too high: many of them hold much memory.",
          default: "256KiB",
        },
      ),
    },
    { description: "Bounds on what one listener and one client may take.", default: {} },
  ),
});

export type HttpListenerForm = Static<typeof httpListener>;
export type HttpRouteForm = HttpListenerForm["routes"][number];
export type HashKeyForm = Static<typeof hashKey>;
