import type { AdminApi } from "../../src/admin/admin-api.ts";
import type { PoolView } from "../../src/admin/pool-view.ts";
import { RecentLog } from "../../src/observe/recent-log.ts";

/** A pool that is well. */
export const finePool: PoolView = {
  pool: "sessions",
  protocol: "memcache",
  distribution: "ketama",
  hash: "fnv1a_64",
  requests: 3,
  requests_in_flight: 0,
  errors: { timeout: 1 },
  hits: 1,
  misses: 1,
  request_p50_us: 100,
  request_p99_us: 200,
  servers: [
    {
      server: "cache-a",
      address: "10.0.0.1:11211",
      resolved: null,
      weight: 1,
      state: "ready",
      reason: "",
      since_unix_ms: 1,
      requests: 3,
      requests_in_flight: 0,
      errors: {},
      response_p50_us: null,
      response_p99_us: null,
      connections: 1,
      read_bytes: 10,
      written_bytes: 20,
    },
  ],
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
  config: {
    effective: async () => ({ version: 1 }),
    schema: async () => ({ title: "schema" }),
    reload: async () => ({ ok: true, version: 2, changes: ["changed a"], errors: [] }),
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
  pools: {
    list: () => [finePool],
    hotKeys: async () => [],
    ring: async (name, key) => (name === "sessions" ? { pool: name, key, owner: "cache-a" } : undefined),
  },
  lifecycle: { view: () => ({ state: "ready", changes: [] }) },
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
