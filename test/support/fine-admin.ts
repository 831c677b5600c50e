import { Readable } from "node:stream";
import type { AdminApi } from "../../src/admin/admin-api.ts";
import type { OverloadView } from "../../src/admin/overload-view.ts";
import type { PoolEntry } from "../../src/admin/pool-entry.ts";
import type { PoolView } from "../../src/admin/pool-view.ts";
import type { KeyPlaceView, RingLayoutView } from "../../src/admin/ring-view.ts";
import type { AppHealthView, AppView } from "../../src/admin/routes/app.ts";
import type { ChangeView, ConfigView } from "../../src/admin/routes/config.ts";
import type { LoopDelayView } from "../../src/admin/routes/debug.ts";
import type { HistoryView } from "../../src/admin/routes/history.ts";
import type { LifecycleView } from "../../src/admin/routes/lifecycle.ts";
import type { ListenerView } from "../../src/admin/routes/listeners.ts";
import type { OverviewView } from "../../src/admin/routes/overview.ts";
import type { ReplicateRunView, ReplicateView } from "../../src/admin/routes/replicate.ts";
import { RecentLog } from "../../src/observe/recent-log.ts";

/** A pool that is well. */
export const finePool: PoolView = {
  pool: "sessions",
  protocol: "memcache",
  distribution: "ketama",
  hash: "fnv1a_64",
  requests: 3,
  requests_failed: 1,
  requests_in_flight: 0,
  errors: { timeout: 1 },
  hits: 1,
  misses: 1,
  request_p50_us: 100,
  request_p99_us: 200,
  request_recent_p50_us: 90,
  request_recent_p99_us: 190,
  servers_total: 1,
  servers_by_state: { ready: 1, connecting: 0, unreachable: 0, failing: 0, ejected: 0, draining: 0 },
  servers: [
    {
      server: "cache-a",
      address: "10.0.0.1:11211",
      resolved: null,
      weight: 1,
      state: "ready",
      reason: "",
      since_unix_ms: 1,
      next_probe_unix_ms: null,
      ejections: 0,
      requests: 3,
      requests_failed: 0,
      requests_in_flight: 0,
      errors: {},
      response_p50_us: null,
      response_p99_us: null,
      response_recent_p50_us: null,
      response_recent_p99_us: null,
      connections: 1,
      read_bytes: 10,
      written_bytes: 20,
    },
  ],
};

/** A pool with these figures and servers, as the daemon has it. */
export function poolEntry({
  servers,
  servers_total: _,
  servers_by_state: __,
  ...figures
}: PoolView): PoolEntry {
  return {
    pool: figures.pool,
    figures: () => figures,
    servers: servers.map((view) => ({ server: view.server, state: view.state, view: () => view })),
  };
}

/** A key's place in it. */
export const finePlace: KeyPlaceView = {
  pool: "sessions",
  key: "k",
  distribution: "ketama",
  hash: "fnv1a_64",
  hashed_part: "k",
  hash_hex: "00000001",
  point_hex: "00000002",
  position: 0.5,
  owner: { server: "cache-a", address: "10.0.0.1:11211", ring_name: "cache-a", weight: 1 },
  served_by: null,
};

/** Its ring. */
export const fineLayout: RingLayoutView = {
  pool: "sessions",
  distribution: "ketama",
  hash: "fnv1a_64",
  exact: true,
  placed: true,
  merged: false,
  servers: [{ server: "cache-a", share: 1, share_in_service: 1 }],
  arcs: [{ server: 0, end: 1 }],
};

/** Nothing is refused, but for what a manager has asked for. */
export const fineOverload: OverloadView = {
  shedding: "low",
  reason: "upgrade",
  since_unix_ms: 1,
  pressure: 0.1,
  signals: [
    {
      signal: "memory",
      unit: "percent",
      reading: 12,
      low_from: 90,
      normal_from: null,
      pressure: 0.1,
    },
  ],
  memory: { used_bytes: 12, limit_bytes: 100 },
  yield: { priority: "low", reason: "upgrade", until_unix_ms: 2 },
};

const fineRun: ReplicateRunView = {
  asked: "+1",
  reason: "busy",
  dry_run: false,
  result: "scaled",
  replicas_before: 2,
  replicas_wanted: 3,
  at_unix_ms: 1,
};

/** A Deployment that is about to have one more. */
const fineReplicas: ReplicateView = {
  configured: true,
  by: "kubernetes",
  target: { api_version: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" },
  replicas_wanted: 3,
  replicas_current: 2,
  replicas_min: 1,
  replicas_max: 10,
  wait_ms: 60_000,
  error: null,
  last: fineRun,
};

/** The life of a daemon that is well. */
export const fineLifecycle: LifecycleView = {
  state: "ready",
  since_unix_ms: 1,
  reason: "the listeners are open",
  deadline_unix_ms: null,
  mode: "sidecar",
  drained: false,
  stopping: false,
  changes: [
    {
      from: "starting",
      to: "ready",
      reason: "the listeners are open",
      at_unix_ms: 1,
      deadline_unix_ms: null,
    },
  ],
  hooks: [
    {
      name: "tell",
      on: ["ready"],
      call: "http://127.0.0.1:8080/podmate",
      timeout_ms: 5_000,
      runs: 1,
      failures: 1,
      last: { event: "ready", result: "failed", error: "it answered 500", at_unix_ms: 2, duration_ms: 3 },
    },
  ],
  overload: fineOverload,
};

const fineAppHealth: AppHealthView = {
  status: "degraded",
  reasons: ["the queue is long"],
  checked: { status: "up", reasons: [] },
  said: { status: "degraded", reasons: ["the queue is long"] },
};

/** An app that has registered. */
export const fineApp: AppView = {
  registered: true,
  registration_until_unix_ms: 30_000,
  report_until_unix_ms: null,
  readiness: "ignored",
  health: { ...fineAppHealth, check: "http://127.0.0.1:8080/healthz" },
  metrics: {
    source: "http://127.0.0.1:8080/metrics",
    last_scrape: {
      result: "ok",
      reason: "",
      samples: 3,
      refused_families: 0,
      duration_ms: 2,
      at_unix_ms: 1,
    },
  },
  config: { source: null },
  hooks: ["app/1"],
};

/** A configuration that nobody has changed. */
export const fineConfig: ConfigView = {
  version: 1,
  etag: '"1-x"',
  source: "file",
  origin: "podmate.yml",
  file: "podmate.yml",
  rule: "podmate.yml rules",
  since_unix_ms: 1,
  needs_restart: [],
  config: { workers: "auto" },
  defaults: ["workers"],
  overrides: [],
  last_reload: null,
};

/** A change that has come into force. */
export const fineChange: ChangeView = {
  version: 2,
  etag: '"2-x"',
  dry_run: false,
  source: "file",
  origin: "podmate.yml",
  rule: "podmate.yml rules",
  changes: ["changed a"],
  needs_restart: [],
  notes: [],
  failure: null,
  errors: [],
};

/** A daemon that is well. */
export const fineOverview: OverviewView = {
  verdict: { level: "ok", reasons: [] },
  version: "1.2.3",
  started_unix_ms: 1,
  now_unix_ms: 3_600_001,
  workers: { up: 2, of: 2 },
  cpu: 0.12,
  resident_memory_bytes: 80_000_000,
  memory_limit_bytes: null,
  config: { version: 1, origin: "podmate.yml", since_unix_ms: 1, last_reload: null },
};

/** Two points. */
export const fineHistory: HistoryView = {
  interval_ms: 2_000,
  first: 0,
  next: 2,
  end_unix_ms: 3_600_001,
  cpu: [0.1, 0.12],
  resident_memory_bytes: [80_000_000, 80_000_000],
  requests_per_second: [1_000, 1_200],
  failed_per_second: [0, 0],
  request_p50_us: [90, 90],
  request_p99_us: [190, null],
  pools: [
    {
      pool: "sessions",
      requests_per_second: [1_000, 1_200],
      failed_per_second: [0, 0],
      request_p50_us: [90, 90],
      request_p99_us: [190, null],
      hit_share: [0.5, 0.6],
      servers: [{ server: "cache-a", requests_per_second: [1_000, 1_200], failed_per_second: [0, 0] }],
    },
  ],
};

/** One listener. */
export const fineListeners: readonly ListenerView[] = [
  {
    listener: "cache",
    protocol: "memcache",
    address: "127.0.0.1:11211",
    tls: false,
    connections: 1,
    connections_total: 2,
    requests: 3,
    errors: {},
    routes: [{ route: "", takes: "all keys", pool: "sessions" }],
  },
];

const fineLoop: LoopDelayView = {
  thread: "main",
  samples: 90,
  delay_min_us: 0,
  delay_mean_us: 100,
  delay_p50_us: 90,
  delay_p99_us: 400,
  delay_max_us: 900,
  utilization: 0.01,
};

/** A log of one line. */
const fineLog = new RecentLog();
fineLog.add(
  { level: "info", time: 1, module: "daemon", pool: undefined },
  '{"level":"info","time":"1970-01-01T00:00:00.001Z","module":"daemon","msg":"podmate serves"}',
);

/** What a test wants otherwise, by group. */
export type AdminOverrides = {
  readonly [G in keyof AdminApi]?: AdminApi[G] extends (...args: never[]) => unknown
    ? AdminApi[G]
    : Partial<AdminApi[G]>;
};

const fine: AdminApi = {
  probes: {
    live: () => [],
    ready: () => [],
    roles: () => ({ ambassador: [] }),
    started: () => [],
    components: () => [{ role: "ambassador", kind: "pool", name: "sessions", status: "up", reasons: [] }],
    metrics: async () => ({ type: "text/plain; version=0.0.4", text: "podmate_build_info 1\n" }),
  },
  access: {
    settings: () => ({ token_file: null, hosts: [] }),
    now: () => 0,
    changed: () => {},
    noTokens: () => {},
  },
  app: {
    view: () => fineApp,
    health: () => fineAppHealth,
    register: async () => {},
    unregister: () => true,
    report: async () => {},
    metrics: async () => ({ type: "text/plain; version=0.0.4", text: "# TYPE jobs gauge\njobs 1\n" }),
    config: async () => ({ format: "json", config: { password: "********" } }),
  },
  config: {
    effective: async () => fineConfig,
    versions: () => ({
      versions: [
        {
          version: 1,
          in_force: true,
          source: "file",
          origin: "podmate.yml",
          trigger: "the start",
          since_unix_ms: 1,
          changes: [],
        },
      ],
    }),
    schema: async () => ({ title: "schema" }),
    waiting: () => 0,
    reload: async () => fineChange,
    put: async () => fineChange,
    rollback: async () => fineChange,
  },
  debug: {
    cpuProfile: async () => Buffer.from("cpu"),
    heapProfile: async () => Buffer.from("heap"),
    heapSnapshot: async () => Readable.from(Buffer.from("{}")),
    eventLoops: async () => [fineLoop],
  },
  logs: {
    recent: fineLog,
    moment: () => 0,
    levels: () => ({
      level: "info",
      set: false,
      until_unix_ms: null,
      configured_level: "info",
      modules: [{ module: "ambassador", level: "debug", set: true, until_unix_ms: 1 }],
    }),
    setLevel: () => {},
  },
  overview: { view: () => fineOverview },
  history: { since: () => fineHistory },
  listeners: { list: () => fineListeners },
  pools: {
    list: () => [poolEntry(finePool)],
    hotKeys: async () => [],
    changeServer: async () => {},
    preview: async (pool) => ({ pool, sampled_keys: 1, moved_share: 0, moves: [], servers: [] }),
    ring: async (name, key) => (name === "sessions" ? { ...finePlace, key } : undefined),
    layout: async (name) => (name === "sessions" ? fineLayout : undefined),
  },
  lifecycle: { view: () => fineLifecycle, turn: () => "changed" },
  yielding: { view: () => fineOverload, yield: () => {}, end: () => true },
  replicate: { view: async () => fineReplicas, request: async () => fineRun },
  connections: {
    page: async ({ limit }) => ({
      connections: [
        {
          id: "0-1",
          side: "client",
          worker: 0,
          listener: "cache",
          pool: null,
          server: null,
          peer: "127.0.0.1:5000",
          tls: false,
          since_unix_ms: 1,
          requests: limit,
          read_bytes: 2,
          written_bytes: 3,
        },
      ],
      next: null,
    }),
  },
  actuator: {
    info: () => ({
      build: { name: "podmate", version: "1.2.3" },
      runtime: { name: "node", version: "26.0.0" },
      process: { pid: 1 },
    }),
    meterNames: async () => ["podmate_pool_hits_total"],
    meter: async (name) => ({
      name,
      description: "Keys asked for and found.",
      baseUnit: null,
      measurements: [{ statistic: "COUNT", value: 3 }],
      availableTags: [{ tag: "pool", values: ["sessions"] }],
    }),
  },
  version: () => ({ version: "1.2.3", node: "26.0.0" }),
  log: () => {},
};

/** What a daemon that is well hands to its management interface, but for `over`. */
export function fineAdmin(over: AdminOverrides = {}): AdminApi {
  const api: Record<string, unknown> = { ...fine };
  for (const [name, group] of Object.entries(over)) {
    api[name] = typeof group === "function" ? group : { ...(api[name] as object), ...group };
  }
  return api as unknown as AdminApi;
}
