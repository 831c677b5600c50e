import type { Static } from "typebox";
import { distributionTable } from "../ring/distribution-table.ts";
import { hashAlgorithms } from "../ring/hash/hash-algorithms.ts";
import { distributions } from "../ring/ring-options.ts";
import { discover } from "./discover-schema.ts";
import { httpHealth, httpPool } from "./http-pool-schema.ts";
import { protocolDefaults } from "./protocol.ts";
import {
  absent,
  byProtocol,
  duration,
  endpoint,
  filePath,
  filePathAllowed,
  flag,
  listOf,
  name,
  nameAllowed,
  oneOf,
  optional,
  optionalText,
  section,
  shorthand,
  size,
  text,
  toggle,
  typed,
  whole,
} from "./schema-terms.ts";

const second = 1000;
const hour = 3_600_000;
const day = 24 * hour;
const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** Hashes that take a seed. */
export const seedableHashes: readonly string[] = [...hashAlgorithms.keys()].filter(
  (hash) => hashAlgorithms.get(hash)?.seedable,
);

/** Under which distributions a hash is the default: "`fnv1a_64` for ketama, modula and random; …". */
function defaultHashes(): string {
  const byHash = Map.groupBy(distributions, (distribution) => distributionTable[distribution].defaultHash);
  return [...byHash].map(([hash, users]) => `\`${hash}\` for ${users.join(", ")}`).join("; ");
}

const ring = section(
  {
    distribution: oneOf(distributions, {
      description: `How keys are spread. To keep the placement of another proxy or client, name its ring; otherwise leave this out. ${distributions.map((each) => `\`${each}\`: ${distributionTable[each].doc}`).join(" ")}`,
      default: "maglev",
    }),
    hash: typed<string | null>(
      oneOf([...hashAlgorithms.keys()], {
        description: `Function that is applied to the key. If absent: ${defaultHashes()}. ${[...hashAlgorithms].map(([hash, { doc }]) => `\`${hash}\`: ${doc}`).join(" ")}`,
        default: null,
      }),
    ),
    tag: optionalText(/^[!-~]{2}$/, "two printable ASCII characters", {
      description:
        "Two characters, as in `{}`: of a key that has both, only what stands between them is hashed, so that keys which share it share a server.",
    }),
    seed: typed<number | string | null>({
      type: ["integer", "string"],
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      maxLength: 1000,
      allowed: "a text or a whole number from 0 to 2^53 - 1",
      description: `Start value of the hashes that take one (${seedableHashes.join(", ")}). A text counts by its XXH3, as in memcached's own proxy.`,
      default: null,
    }),
  },
  { description: "Which server a key belongs to.", default: {} },
);

const server = shorthand(
  "address",
  section({
    address: endpoint("server", {
      description:
        "`host:port`, `[ipv6]:port`, `unix:/path`, or a host alone for port 11211 (HTTP: 80, with `tls` 443).",
    }),
    weight: whole(
      { min: 1, max: 65535 },
      { description: "Share of the keys relative to the other servers of the pool.", default: 1 },
    ),
    name: optionalText(name, nameAllowed, {
      description:
        "Stable name. It takes the place of the address in key placement, so a server can move without its keys, and is the label in metrics and logs.",
    }),
    drain: flag({
      description: "Send no new requests to this server; its keys go to the others.",
      default: false,
    }),
  }),
);

/** A file of servers: the list that `servers` is, and which may be empty here. */
export const serversFile = listOf(server, { description: "Members of a pool: addresses, or maps." });

const eject = section({
  failures: whole(
    { min: 1, max: 1000 },
    {
      description:
        "Consecutive failures within `window` that eject a server. Too low: one hiccup ejects a good server. Too high: clients wait out more timeouts.",
      default: 3,
    },
  ),
  window: duration(
    { min: 100, max: hour },
    { description: "Failures further apart than this are not counted together.", default: "10s" },
  ),
  backoff: duration(
    { min: 10, max: day },
    {
      description:
        "Pause before the first probe for readmission; it doubles with each probe that fails, up to `max_backoff` or `health.interval`, whichever is shorter.",
      default: "1s",
    },
  ),
  max_backoff: duration(
    { min: 10, max: day },
    {
      description: "Longest pause between probes. Too high: a server that is back stays unused that long.",
      default: "60s",
    },
  ),
  max_percent: whole(
    { min: 1, max: 100 },
    {
      description:
        "At most this share of the pool's servers is ejected at once, in percent, rounded down but never to none; one server always stays. Guards against a fault of the network that looks like a fault of the servers.",
      default: 50,
    },
  ),
  on_eject: byProtocol(
    oneOf(["rehash", "fail_fast"], {
      description:
        "`fail_fast` answers an error at once for the keys of an ejected server and leaves all keys where they are, so none is stale when it returns. `rehash` moves its keys to the others (more hits meanwhile), which in memcache can bring old values back after readmission.",
    }),
    protocolDefaults.on_eject,
  ),
});

const health = section({
  interval: duration(
    { min: 100, max: hour },
    {
      description: "Time between two probes of a server: `version` for memcache, for HTTP a GET of `path`.",
      default: "2s",
    },
  ),
  timeout: duration(
    { min: 10, max: hour },
    { description: "A probe that takes longer has failed.", default: "1s" },
  ),
  ...httpHealth,
});

const clientTls = section({
  ca: optionalText(filePath, filePathAllowed, {
    description: "PEM file with the authorities that sign the servers' certificates; the system's if absent.",
  }),
  cert: optionalText(filePath, filePathAllowed, {
    description: "PEM file with the certificate to show; needs `key`.",
  }),
  key: optionalText(filePath, filePathAllowed, { description: "PEM file with the private key of `cert`." }),
  server_name: optionalText(/^[A-Za-z0-9_.:-]{1,253}$/, "a host name", {
    description: "Name asked for (SNI) and expected in the certificate; the server's host if absent.",
  }),
  verify: flag({
    description: "false accepts any certificate: for tests and closed networks only.",
    default: true,
  }),
});

/** A user and a password, the latter in the file or in a file of its own. */
export const credentials = section({
  username: text(/^[!-~]{1,250}$/, "1 to 250 printable ASCII characters without blanks", {
    description: "User name.",
  }),
  password: optionalText(/^[!-~]{1,1024}$/, "1 to 1024 printable ASCII characters without blanks", {
    description:
      "Password; better taken from an environment variable or from `password_file` than written here.",
    secret: true,
  }),
  password_file: optionalText(filePath, filePathAllowed, {
    description: "File that holds the password; a line break at its end is no part of it.",
  }),
});

const nearCache = section({
  size: size(
    { min: 1024, max: 4 * GiB },
    {
      description: "Memory per worker. Too low: hardly any hits. Too high: it is taken from the app's pod.",
      default: "16MiB",
    },
  ),
  ttl: duration(
    { min: 1, max: day },
    {
      description:
        "Longest time that a value is served from here. Writes by others are not seen for as long: too high shows stale values, too low spares few requests.",
      default: "1s",
    },
  ),
  max_value: size(
    { min: 1, max: 64 * MiB },
    {
      description: "Larger values are not kept, so that a few of them do not push out all others.",
      default: "8KiB",
    },
  ),
});

const mirror = shorthand(
  "pool",
  section({
    pool: text(name, "the name of a pool", { description: "Pool that gets the copies." }),
    writes: flag({ description: "Copy every write.", default: true }),
    reads: typed<number>({
      type: "number",
      minimum: 0,
      maximum: 1,
      description: "Share of the reads that is copied: 0.1 is every tenth.",
      default: 0,
      zero: "none",
    }),
  }),
);

const warmFrom = shorthand(
  "pool",
  section({
    pool: text(name, "the name of a pool", { description: "Pool in which a miss is looked up." }),
    // memcached takes an expiry above 30 days for a date, hence the bound.
    ttl: duration(
      { min: second, max: 30 * day },
      {
        description: "Expiry of what is stored on the way, in whole seconds, for the old one is not known.",
        default: "1h",
        zero: "never expires",
      },
    ),
  }),
);

/** One pool as an operator writes it. */
export const pool = section({
  ring,
  servers: typed<Static<typeof server>[] | null>(
    listOf(
      server,
      {
        description:
          "Members of the pool: addresses, or maps as below. Either these or `discover` must be there.",
        default: null,
      },
      1,
    ),
  ),
  discover: absent(discover, {
    description:
      "Where the members of the pool are found, instead of `servers`: one of `dns`, `srv`, `file` and `kubernetes`.",
  }),
  http: absent(httpPool, {
    description:
      "How HTTP is spoken with the servers. Only for pools that an HTTP listener or one of its routes names; they have the defaults below if it is absent.",
  }),
  timeout: byProtocol(
    duration(
      { min: 1, max: day },
      {
        description:
          "Longest wait for the answer to one request, from the moment it is queued; that request alone then fails. HTTP: until the head of the answer. Too low: slow answers count as failures. Too high: the app waits for a dead server.",
        zero: "no limit",
      },
    ),
    protocolDefaults.timeout,
  ),
  connect_timeout: duration(
    { min: 1, max: day },
    {
      description: "Longest wait for a connection to a server, TLS and authentication included.",
      default: "1s",
    },
  ),
  connections: byProtocol(
    whole(
      { min: 1, max: 65536 },
      {
        description:
          "Connections per server and worker. Memcache, at most 64: a key keeps to one of them, and one carries any number of requests at once; more than one helps where large values make small ones wait, and costs a system call each. HTTP: at most so many, each with one request at a time; beyond, requests wait.",
      },
    ),
    protocolDefaults.connections,
  ),
  preconnect: flag({
    description:
      "Connect at start, so that the first request pays no handshake and a wrong address shows at once. Off: connect at the first request.",
    default: true,
  }),
  tcp_keepalive: flag({
    description: "Let the kernel probe idle connections, so that a peer which vanished is noticed.",
    default: true,
  }),
  limits: section(
    {
      requests: whole(
        { min: 1, max: 2 ** 20 },
        {
          description:
            "Requests queued and in flight per server and worker; one more is answered `SERVER_ERROR`. Too low: bursts fail. Too high: a slow server holds memory and clients for longer.",
          default: 65536,
        },
      ),
      bytes: size(
        { min: 64 * 1024, max: 4 * GiB },
        {
          description:
            "Bytes waiting to be written per server and worker; beyond, requests are answered `SERVER_ERROR`.",
          default: "64MiB",
        },
      ),
      large_values: whole(
        { min: 1, max: 1024 },
        {
          description:
            "Memcache: large values (above 128 KiB) on their way at once, per server and worker, each on a connection of its own; one more waits its turn, at most for `timeout`, and is then answered `SERVER_ERROR busy`. Too low: large values wait for slow clients. Too high: connections to the servers.",
          default: 16,
        },
      ),
    },
    { description: "Bounds on what may wait for one server.", default: {} },
  ),
  eject: toggle(eject, {
    description:
      "Take a server out of service when its traffic fails, until a probe passes. Off: every request to a dead server fails by itself, after its timeout.",
    default: true,
  }),
  health: toggle(health, {
    description:
      "Probe every server at an interval, traffic or not. Off: servers are judged by their traffic alone, and only new and ejected ones are probed.",
    default: false,
  }),
  tls: toggle(clientTls, { description: "Speak TLS with the servers.", default: false }),
  auth: optional(credentials, {
    description: "Memcache: log in to the servers with memcached's ASCII authentication (`memcached -Y`).",
    secret: true,
  }),
  on_error: oneOf(["partial", "error"], {
    description:
      "Memcache: what a get of many keys answers when one server fails: its keys are misses (`partial`), or the whole is an error (`error`).",
    default: "partial",
  }),
  near_cache: toggle(nearCache, {
    description: "Memcache: keep recently read values in each worker, in front of the servers.",
    default: false,
  }),
  coalesce: flag({
    description:
      "Memcache: identical gets in flight share one request to the server: spares a server whose hot key expires.",
    default: false,
  }),
  failover: listOf(text(name, "the name of a pool", { description: "Name of a pool." }), {
    description: "Memcache: pools tried in this order where the server of a key is down or ejected.",
    default: [],
  }),
  mirror: optional(mirror, {
    description:
      "Memcache: copies of requests sent to another pool and forgotten; the name of the pool alone copies all writes.",
  }),
  warm_from: optional(warmFrom, {
    description:
      "Memcache: a miss is looked up in another pool and stored here: fills a new pool from the old one.",
  }),
  hot_keys: whole(
    { min: 0, max: 1000 },
    { description: "Memcache: track that many of the most requested keys.", default: 0, zero: "off" },
  ),
});

export type PoolForm = Static<typeof pool>;
export type HealthForm = Static<typeof health>;
export type RingForm = PoolForm["ring"];
export type ServerForm = Static<typeof server>;
export type CredentialsForm = Static<typeof credentials>;
