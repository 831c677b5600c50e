import type { Static } from "typebox";
import { priorities } from "../proxy/priority.ts";
import { credentials } from "./pool-schema.ts";
import {
  duration,
  endpoint,
  listOf,
  name,
  oneOf,
  optional,
  optionalText,
  plainName,
  plainNameAllowed,
  section,
  size,
  text,
  whole,
} from "./schema-terms.ts";
import { serverTls } from "./tls-schema.ts";

const KiB = 2 ** 10;
const GiB = 2 ** 30;
const day = 86_400_000;

const route = section({
  // A memcache key is at most 250 bytes without blanks or control characters (memcached protocol.txt).
  prefix: text(/^[^\s\p{Cc}]{1,250}$/u, "1 to 250 characters without blanks", {
    description: "First characters of the keys concerned; the longest prefix wins.",
  }),
  pool: text(name, "the name of a pool", { description: "Pool that gets them." }),
});

/** One memcache listener as an operator writes it. */
export const memcacheListener = section({
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
  pool: text(name, "the name of a pool", { description: "Pool for keys that no route takes." }),
  routes: listOf(route, { description: "Key prefixes that go to other pools.", default: [] }),
  tls: optional(serverTls, {
    description: "Speak TLS with the app. The files are read again when they change.",
  }),
  auth: optional(listOf(credentials, { description: "Accounts." }, 1), {
    description: "Accounts of which a client must prove one first, with memcached's ASCII authentication.",
    secret: true,
  }),
  flush_all: oneOf(["allow", "forbid"], {
    description: "Whether clients may send `flush_all`, which empties every server of the pool.",
    default: "allow",
  }),
  idle_timeout: duration(
    { min: 1000, max: 30 * day },
    {
      description:
        "Close a client that has sent nothing for this long. Too low: clients that pool connections reconnect.",
      default: 0,
      zero: "never",
    },
  ),
  priority: oneOf(priorities, {
    description:
      "Who is refused first (`SERVER_ERROR overloaded`) when podmate is short of something: as the `limits` at the top fill, low from 75 % on, normal from 90 %, high when they are reached.",
    default: "normal",
  }),
  limits: section(
    {
      connections: whole(
        { min: 1, max: 2 ** 20 },
        { description: "Clients connected at once, per worker; one more is closed.", default: 20000 },
      ),
      requests: whole(
        { min: 1, max: 2 ** 20 },
        {
          description:
            "Requests in flight per client; more are not read until some are answered. Too low: slows clients that pipeline.",
          default: 1024,
        },
      ),
      bytes: size(
        { min: 64 * KiB, max: 4 * GiB },
        {
          description:
            "Bytes held for one client (answers it has not read, a value half received); at the limit it is not read until it has caught up.",
          default: "16MiB",
        },
      ),
      value: size(
        { min: 1, max: GiB },
        {
          description:
            "Longest value accepted from a client; a longer one is answered `SERVER_ERROR`. The default is memcached's own ceiling, so that the servers' limit (`memcached -I`) decides. Lower it to keep large values off the wire.",
          default: "1GiB",
        },
      ),
    },
    { description: "Bounds on what one listener and one client may take.", default: {} },
  ),
});

export type MemcacheListenerForm = Static<typeof memcacheListener>;
