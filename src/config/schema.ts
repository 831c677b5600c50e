import type { Static } from "typebox";
import { usualConnections } from "../proxy/listener-options.ts";
import { admin } from "./admin-schema.ts";
import { app } from "./app-schema.ts";
import { httpListener } from "./http-listener-schema.ts";
import { lifecycle } from "./lifecycle-schema.ts";
import { memcacheListener } from "./listener-schema.ts";
import { overload } from "./overload-schema.ts";
import { pool } from "./pool-schema.ts";
import { replicate } from "./replicate-schema.ts";
import { duration, listOf, mapOf, oneOf, section, size, typed, whole } from "./schema-terms.ts";

const KiB = 2 ** 10;
const GiB = 2 ** 30;

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/** How the log is written. */
export const logFormats = ["auto", "json", "text"] as const;

const workers = typed<"auto" | number>({
  anyOf: [
    { type: "string", const: "auto" },
    { type: "integer", minimum: 1, maximum: 64 },
  ],
  description:
    "Threads that carry traffic. `auto`: the CPU quota of the cgroup, at least 1. Every worker has its own connections to the servers. Too many: memory and connections for nothing.",
  default: "auto",
});

const workerTimeout = duration(
  { min: 1_000, max: 3_600_000 },
  {
    description:
      "A worker that has not come back to its event loop for so long is stuck: what it is doing is logged, and it is replaced. Time in which the whole machine stood still does not count, nor does any of it under a debugger. Too low: one that only works hard is taken for stuck.",
    default: "10s",
    zero: "never",
  },
);

const log = section(
  {
    level: oneOf(logLevels, { description: "Least severity that is logged.", default: "info" }),
    format: oneOf(logFormats, {
      description:
        "How lines are written to standard error: `json`, an object each; `text`, for people; `auto`: text where that is a terminal, else JSON. `podmate logs` has both from any daemon.",
      default: "auto",
    }),
  },
  { description: "The log.", default: {} },
);

const limits = section(
  {
    connections: whole(
      { min: 1, max: 2 ** 20 },
      {
        description:
          "Clients connected at once over all listeners, per worker; one more is closed. Fewer where the limit of open files (`ulimit -n`) does not allow as many.",
        default: usualConnections,
      },
    ),
    requests: whole(
      { min: 1, max: 2 ** 24 },
      {
        description:
          "Requests in flight over all clients, per worker. What comes beyond is refused, and what has a lower `priority` earlier.",
        default: 262144,
      },
    ),
    bytes: size(
      { min: 1024 * KiB, max: 64 * GiB },
      {
        description:
          "Bytes held for clients and servers in all, per worker. What comes beyond is refused, and what has a lower `priority` earlier. Keep workers × bytes below the container's memory limit.",
        default: "256MiB",
      },
    ),
  },
  { description: "Bounds over all listeners and pools.", default: {} },
);

/** The whole configuration file: the one place that types, checks, editors and docs derive from. */
export const schema = section({
  admin,
  workers,
  worker_timeout: workerTimeout,
  log,
  lifecycle,
  overload,
  replicate,
  limits,
  app,
  memcache: listOf(memcacheListener, {
    description: "Listeners for memcache clients. There must be a listener, of these or of `http`.",
    default: [],
  }),
  http: listOf(httpListener, { description: "Listeners for HTTP clients.", default: [] }),
  pools: mapOf(pool, { description: "Pools of servers by name." }),
});

/** The configuration as an operator writes it, with every default filled in and every short form spelt out. */
export type ConfigForm = Static<typeof schema>;
