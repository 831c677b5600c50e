import { serverStates } from "../core/server-states.ts";
import { type Answer, count, counts, list, maybe, nullable, object, oneOf, text } from "./answer-terms.ts";

const servesHttp = "HTTP only: ";
const servesMemcache = "Memcache only: ";

const recentMedian =
  "The same of the last 5 to 10 s, in µs; null if nothing was measured then. Of servers beyond the first 500: since somebody last looked.";
const recentP99 = "99th percentile of that, in µs.";

const configuredState = oneOf(["ready", "drain"], "What the configuration says.");

export const overrideView = object(
  {
    state: nullable(oneOf(["ready", "drain"], "What was asked for; null: as configured.")),
    weight: nullable(count("What was asked for; null: as configured.", { minimum: 1 })),
    since_unix_ms: count("Since when, in ms since the Unix epoch."),
    configured_state: configuredState,
    configured_weight: count("What the configuration says, or who has found the server."),
  },
  "What was asked of the server by POST, and lies over the configuration; absent where nothing was.",
);

export const serverView = object(
  {
    server: text("Name of the server: its id on the ring."),
    address: text("`host:port`, `[ipv6]:port` or `unix:/path`, as configured or found."),
    weight: count("Share of the keys in proportion to the other servers'."),
    state: oneOf(
      serverStates,
      "`ready`: in service, and known to answer. `connecting`: in service, and has not answered yet. `unreachable`: in service, and has never answered. `failing`: in service, though it fails. `ejected`: out of service until a probe passes. `draining`: told to drain.",
    ),
    reason: text("Why it is in this state, or the last failure seen; empty where nothing is wrong."),
    since_unix_ms: nullable(
      count("Since when it is in this state, in ms since the Unix epoch; null where that is not known."),
    ),
    next_probe_unix_ms: nullable(
      count(
        "When it is probed next, in ms since the Unix epoch; null: no probe is planned, or one is on its way.",
      ),
    ),
    ejections: count(
      "Times that it was taken out of service since the start, or since its settings changed.",
    ),
    resolved: nullable(
      text("Where the server's name points to; null for a literal address, or while unknown."),
    ),
    override: maybe(overrideView),
    requests: count("Requests sent."),
    requests_failed: count(
      `Those of them without a good answer: errors, and for HTTP a status of 500 or more.`,
    ),
    requests_in_flight: count("Requests that wait for their answer."),
    requests_pending: maybe(count(`${servesHttp}requests that wait for a connection.`)),
    responses: maybe(counts(`${servesHttp}answers by class of the status.`)),
    errors: counts(
      "Failed attempts by kind, those included that another server has made good, and requests that were not sent to it (`ejected`, `busy`, `connect` during a pause).",
    ),
    response_p50_us: nullable(
      count("Median time to the answer (HTTP: to its head), in µs; null if nothing was measured yet."),
    ),
    response_p99_us: nullable(count("99th percentile of that, in µs; null if nothing was measured yet.")),
    response_recent_p50_us: nullable(count(recentMedian)),
    response_recent_p99_us: nullable(count(recentP99)),
    connections: count("Open connections."),
    connections_idle: maybe(count(`${servesHttp}those of them that carry no request.`)),
    read_bytes: count("Bytes read from the server."),
    written_bytes: count("Bytes written to the server."),
  },
  "A server of a pool.",
);

export const discoveryView = object(
  {
    source: text("`dns`, `srv`, `file` or `kubernetes`."),
    target: text("What is asked for: a name, a path, a Service."),
    last_success_unix_ms: nullable(
      count("When servers were last heard of, changed or not, in ms since the Unix epoch; null: never yet."),
    ),
    error: nullable(text("Why the last attempt failed; null if it did not.")),
    failures: count("Attempts that failed."),
    servers: nullable(count("Servers found last; null while there was no answer.")),
  },
  "How the servers of a pool are found; absent where they are listed.",
);

const poolFigures = object({
  pool: text("Name of the pool."),
  protocol: oneOf(["memcache", "http"], "What its servers speak."),
  distribution: text("How keys are spread over the servers."),
  hash: text("How keys are hashed."),
  requests: count("Requests taken."),
  requests_failed: count(
    "Those of them without a good answer: errors, and for HTTP a status of 500 or more, from the server or from podmate.",
  ),
  requests_in_flight: count("Requests that are not answered yet."),
  errors: counts(
    "Failed requests by kind. What none of its servers has was refused before a server was asked (`no_server`, `overloaded`, `yielded`); of what servers have more, another attempt has served the client, or nobody waited any more.",
  ),
  hits: maybe(count(`${servesMemcache}keys asked for and found.`)),
  misses: maybe(count(`${servesMemcache}keys asked for and not found; errors are no misses.`)),
  responses: maybe(counts(`${servesHttp}what the requests came to, by class of the status.`)),
  retries: maybe(count(`${servesHttp}further attempts made.`)),
  retries_refused: maybe(count(`${servesHttp}further attempts not made for want of budget.`)),
  overflows: maybe(count(`${servesHttp}requests that went to another server because theirs had its share.`)),
  request_p50_us: nullable(count("Median time of a request, in µs; null if nothing was measured yet.")),
  request_p99_us: nullable(count("99th percentile of that, in µs; null if nothing was measured yet.")),
  request_recent_p50_us: nullable(count(recentMedian)),
  request_recent_p99_us: nullable(count(recentP99)),
  discovery: maybe(discoveryView),
});

export const poolView = object(
  {
    ...poolFigures.properties,
    servers_total: count("Servers that it has."),
    servers_by_state: object(
      {
        ready: count("In service, and known to answer."),
        connecting: count("In service, not heard of yet."),
        unreachable: count("In service, never reached."),
        failing: count("In service, though they fail."),
        ejected: count("Out of service."),
        draining: count("Told to drain."),
      },
      "How many of them are in each state.",
    ),
    servers: list(
      serverView,
      "The first 100 of them, in the order of the configuration; `/pools/POOL/servers` has all. Give it the name of the last one as `after` for the rest.",
    ),
  },
  "A pool of servers.",
);

const hotKey = object({
  key: text("The key as printable ASCII, other bytes as `\\xNN`."),
  count: count("Asked for at most so many times."),
  error: count("And at least so many fewer than that."),
});

export const hotKeysView = object(
  {
    pool: text("Name of the pool."),
    requests: count("Requests that were counted."),
    untracked: count("No key that is not listed was asked for more often than this."),
    keys: list(hotKey, "Most requested first."),
  },
  "The most requested keys of a pool.",
);

/** A server as `/pools/P/servers/S` shows it. */
export type ServerView = Answer<typeof serverView>;
/** How the servers of a pool are found. */
export type DiscoveryView = Answer<typeof discoveryView>;
/** A pool without its servers. */
export type PoolFigures = Answer<typeof poolFigures>;
/** A pool as `/pools/P` shows it. */
export type PoolView = Answer<typeof poolView>;
/** The most requested keys of a pool as `/hotkeys` shows them. */
export type HotKeysView = Answer<typeof hotKeysView>;
/** One of them. */
export const hotKeyView = hotKey;
