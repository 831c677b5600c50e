import { httpMetricTable } from "./http-metric-table.ts";
import type { Metric } from "./metric.ts";
import {
  appScrape,
  appState,
  clientError,
  command,
  hookResult,
  lifecycleState,
  outcome,
  overloadSignal,
  rejectReason,
  replicateResult,
  sheddingLevel,
  upstreamError,
} from "./metric-labels.ts";

/**
 * Every metric of podmate, once. Offsets in the shared blocks (metric-layout.ts), the Prometheus exposition,
 * docs/metrics.md and the `metrics` verb derive from this table; to add a metric is to add a line here, or for HTTP in
 * `http-metric-table.ts`.
 */

const byCommand = { label: "command", values: command };
const byReason = { label: "reason", values: rejectReason };
const byClientError = { label: "kind", values: clientError };
const byUpstreamError = { label: "kind", values: upstreamError };
const byState = { label: "state", values: lifecycleState };
const byHookResult = { label: "result", values: hookResult };
const bySheddingLevel = { label: "level", values: sheddingLevel };
const bySignal = { label: "signal", values: overloadSignal };
const byReplicateResult = { label: "result", values: replicateResult };
const byAppState = { label: "state", values: appState };
const byAppScrape = { label: "result", values: appScrape };
const byOutcome = { label: "result", values: outcome };

/** Labels that tell the instances of an entity apart, in the order of a block's key. */
export const entityLabels = {
  listener: ["listener"],
  pool: ["pool"],
  server: ["pool", "server"],
  httpListener: ["listener"],
  httpRoute: ["listener", "route"],
  httpPool: ["pool"],
  httpServer: ["pool", "server"],
  discovery: ["pool", "source"],
  worker: ["worker"],
  lifecycle: [],
  hook: ["hook"],
  app: [],
  overload: [],
  replicate: [],
  process: [],
  build: ["version", "node"],
} as const;
export type Entity = keyof typeof entityLabels;
/** What a data plane counts for; the rest is the main thread's. */
export type TrafficEntity = Exclude<
  Entity,
  "discovery" | "worker" | "lifecycle" | "hook" | "app" | "overload" | "replicate" | "process" | "build"
>;
export const entities = Object.keys(entityLabels) as readonly Entity[];

export const metricTable = {
  listener: {
    connections: { kind: "counter", help: "Client connections accepted." },
    openConnections: { kind: "gauge", help: "Client connections open now." },
    rejectedConnections: {
      kind: "counter",
      help: "Client connections turned away, by reason.",
      by: byReason,
    },
    requests: { kind: "counter", help: "Requests received from clients, by command.", by: byCommand },
    errors: {
      kind: "counter",
      help: "Errors on the side of the clients, by kind.",
      by: byClientError,
    },
    shedRequests: {
      kind: "counter",
      help: "Requests refused because too much was under way for the listener's priority.",
    },
    readBytes: { kind: "counter", unit: "bytes", help: "Bytes read from clients." },
    writtenBytes: { kind: "counter", unit: "bytes", help: "Bytes written to clients." },
    bufferedBytes: {
      kind: "gauge",
      unit: "bytes",
      help: "Bytes of memory held for clients now: answers not yet taken and values half received.",
    },
  },
  pool: {
    requests: { kind: "counter", help: "Requests routed to the pool, by command.", by: byCommand },
    errors: {
      kind: "counter",
      help: "Requests that got no good answer from the pool, by kind.",
      by: byUpstreamError,
    },
    hits: { kind: "counter", help: "Keys asked for and found." },
    misses: {
      kind: "counter",
      help: "Keys asked for and not found; keys whose server has failed are neither hits nor misses.",
    },
    partialMultigets: {
      kind: "counter",
      help: "Gets of many keys answered without the keys of a failed server.",
    },
    requestsInFlight: { kind: "gauge", help: "Requests waiting for their answer now." },
    requestDuration: {
      kind: "histogram",
      unit: "seconds",
      help: "Time from a request's arrival to its answer (downstream view), by command; without requests that no server has seen.",
      by: byCommand,
    },
    nearCacheHits: { kind: "counter", help: "Keys answered from the near cache." },
    nearCacheMisses: { kind: "counter", help: "Keys the near cache did not hold." },
    nearCacheEvictions: { kind: "counter", help: "Entries the near cache dropped for want of room." },
    nearCacheEntries: { kind: "gauge", help: "Entries in the near cache now." },
    nearCacheBytes: {
      kind: "gauge",
      unit: "bytes",
      help: "Bytes of keys and values in the near cache now, and 96 for each entry.",
    },
    coalescedRequests: {
      kind: "counter",
      help: "Gets that shared the upstream request of another client.",
    },
    failoverRequests: { kind: "counter", help: "Requests sent to a failover pool." },
    mirroredRequests: { kind: "counter", help: "Requests copied to the mirror pool." },
    mirrorDroppedRequests: {
      kind: "counter",
      help: "Copies for the mirror pool dropped because it was busy or down.",
    },
    warmHits: { kind: "counter", help: "Misses found in the warm_from pool." },
    warmMisses: { kind: "counter", help: "Misses that the warm_from pool did not have either." },
    warmFills: { kind: "counter", help: "Values stored in the pool after a warm hit." },
  },
  server: {
    requests: { kind: "counter", help: "Requests sent to the server, by command.", by: byCommand },
    errors: {
      kind: "counter",
      help: "Requests to the server without a good answer, by kind.",
      by: byUpstreamError,
    },
    lateAnswers: { kind: "counter", help: "Answers dropped because their request had timed out." },
    stepChecks: {
      kind: "counter",
      help: "Times a connection was asked for `version`, to show that its answers belong to its requests.",
    },
    outOfStep: {
      kind: "counter",
      help: "Connections closed because an answer did not belong to its request.",
    },
    readBytes: { kind: "counter", unit: "bytes", help: "Bytes read from the server." },
    writtenBytes: { kind: "counter", unit: "bytes", help: "Bytes written to the server." },
    requestsInFlight: { kind: "gauge", help: "Requests queued for or sent to the server now." },
    queuedBytes: { kind: "gauge", unit: "bytes", help: "Bytes waiting to be written to the server now." },
    connects: { kind: "counter", help: "Connections opened to the server." },
    openConnections: { kind: "gauge", help: "Connections to the server open now." },
    responseDuration: {
      kind: "histogram",
      unit: "seconds",
      help: "Time from a request's queueing to the server's answer (upstream view), by command.",
      by: byCommand,
    },
    ejections: { kind: "counter", help: "Times the server was taken out of service." },
    readmissions: { kind: "counter", help: "Times the server was put back into service." },
    ejected: { kind: "gauge", help: "1 while the server is out of service." },
    probes: { kind: "counter", help: "Probes of the server, by result.", by: byOutcome },
  },
  ...httpMetricTable,
  discovery: {
    servers: { kind: "gauge", help: "Servers found last." },
    failures: { kind: "counter", help: "Attempts to find servers that failed; what was known stayed." },
    failing: { kind: "gauge", help: "1 while the last attempt has failed." },
    lastSuccessSeconds: {
      kind: "gauge",
      unit: "seconds",
      help: "When servers were last heard of, changed or not, in seconds since the epoch; 0: never yet.",
    },
  },
  worker: {
    activeSeconds: {
      kind: "counter",
      unit: "seconds",
      help: "Time the worker's event loop was at work.",
    },
    idleSeconds: { kind: "counter", unit: "seconds", help: "Time the worker's event loop was waiting." },
    eventLoopDelay: {
      kind: "histogram",
      unit: "seconds",
      help: "How late the worker's event loop comes to a timer, asked five times a second.",
    },
    heapUsedBytes: { kind: "gauge", unit: "bytes", help: "JavaScript heap in use in the worker." },
    restarts: { kind: "counter", help: "Times the worker died and was replaced." },
    stuck: {
      kind: "counter",
      help: "Times the worker did not come back to its event loop for `worker_timeout`.",
    },
    snapshotVersion: { kind: "gauge", help: "Version of the configuration the worker runs on." },
  },
  lifecycle: {
    state: { kind: "gauge", help: "1 for the state that the daemon is in, 0 for the others.", by: byState },
    changes: { kind: "counter", help: "Changes of state, by the state they led to.", by: byState },
  },
  hook: {
    runs: { kind: "counter", help: "Times the hook was notified of a change, by result.", by: byHookResult },
    duration: { kind: "histogram", unit: "seconds", help: "Time that this took, whatever the result." },
  },
  overload: {
    pressure: {
      kind: "gauge",
      help: "How near podmate is to overload by the worst signal: 0.75 is the threshold of low, 0.9 that of normal.",
    },
    signalPressure: { kind: "gauge", help: "The same by each signal.", by: bySignal },
    shedding: {
      kind: "gauge",
      help: "1 for the level that is in force: what is refused for overload, or because it was asked for.",
      by: bySheddingLevel,
    },
    changes: { kind: "counter", help: "Changes of that level, by the one they led to.", by: bySheddingLevel },
    memoryUsedBytes: {
      kind: "gauge",
      unit: "bytes",
      help: "Memory of the cgroup in use that cannot be reclaimed; 0 where there is no limit.",
    },
    memoryLimitBytes: {
      kind: "gauge",
      unit: "bytes",
      help: "The cgroup's memory limit; 0 where there is none.",
    },
    memoryWarnings: {
      kind: "counter",
      help: "Times that memory in use came to a threshold below its limit.",
    },
    yields: { kind: "counter", help: "Times that a manager asked for requests to be refused." },
  },
  replicate: {
    requests: {
      kind: "counter",
      help: "Requests to scale the owner of the pod, by what came of them.",
      by: byReplicateResult,
    },
    wantedReplicas: { kind: "gauge", help: "Replicas that the owner should have, as last seen." },
    currentReplicas: { kind: "gauge", help: "Replicas that the owner had, as last seen." },
  },
  app: {
    state: {
      kind: "gauge",
      help: "1 for how the app is, 0 for the rest, and for all while that is unknown.",
      by: byAppState,
    },
    checks: { kind: "counter", help: "Checks of the app's health, by result.", by: byOutcome },
    registered: { kind: "gauge", help: "1 while the app has registered." },
    expiredLeases: { kind: "counter", help: "Times the app's registration ran out without its doing." },
    scrapes: { kind: "counter", help: "Times the app's metrics were read, by result.", by: byAppScrape },
    samples: { kind: "gauge", help: "Samples of the app served with podmate's own last." },
    refusedFamilies: {
      kind: "counter",
      help: "Metrics of the app left out because their names are podmate's.",
    },
  },
  process: {
    startTimeSeconds: {
      kind: "gauge",
      unit: "seconds",
      help: "Start of the process in seconds since the epoch.",
    },
    cpuSeconds: { kind: "counter", unit: "seconds", help: "User and system CPU time of the process." },
    residentMemoryBytes: { kind: "gauge", unit: "bytes", help: "Resident memory of the process." },
    heapUsedBytes: { kind: "gauge", unit: "bytes", help: "JavaScript heap in use on the main thread." },
    openFds: {
      kind: "gauge",
      help: "File descriptors of the process that are open; 0 where that is not to be had.",
    },
    maxFds: { kind: "gauge", help: "File descriptors that it may open; 0 where that is not to be had." },
    eventLoopDelay: {
      kind: "histogram",
      unit: "seconds",
      help: "How late the main thread's event loop comes to a timer, asked five times a second.",
    },
    eventLoopActiveSeconds: {
      kind: "counter",
      unit: "seconds",
      help: "Time the main thread's event loop was at work.",
    },
    eventLoopIdleSeconds: {
      kind: "counter",
      unit: "seconds",
      help: "Time the main thread's event loop was waiting.",
    },
    configVersion: { kind: "gauge", help: "Version of the configuration in force." },
    configReloads: { kind: "counter", help: "Reloads of the configuration, by result.", by: byOutcome },
    configAppliedSeconds: {
      kind: "gauge",
      unit: "seconds",
      help: "When the configuration in force was applied, in seconds since the epoch.",
    },
    logLinesSuppressed: {
      kind: "counter",
      help: "Log lines suppressed because they repeated others within a short time.",
    },
    logLinesDropped: {
      kind: "counter",
      help: "Log lines dropped because who reads the log did not take them in time.",
    },
  },
  build: {
    info: { kind: "gauge", help: "Always 1; version and node tell what is running." },
  },
} as const satisfies Readonly<Record<Entity, Readonly<Record<string, Metric>>>>;

export type MetricName<E extends Entity> = keyof (typeof metricTable)[E];

/** The metrics of an entity in the order of the table. */
export function metricsOf(entity: Entity): readonly (readonly [name: string, metric: Metric])[] {
  return Object.entries(metricTable[entity]);
}

/**
 * Name on the wire: `podmate_<entity>_<name>`, with the base unit and, for counters, `_total` at the end
 * (https://prometheus.io/docs/practices/naming/).
 */
export function exposedName(entity: Entity, name: string, metric: Metric): string {
  let exposed = snakeCase(`podmate_${entity}_${name}`);
  if (metric.unit !== undefined && !exposed.endsWith(`_${metric.unit}`)) exposed += `_${metric.unit}`;
  return metric.kind === "counter" ? `${exposed}_total` : exposed;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
