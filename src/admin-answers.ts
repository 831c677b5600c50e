import type { AdminApi } from "./admin/admin-api.ts";
import type { ConfigSource } from "./app.ts";
import type { Config } from "./config/config.ts";
import { describeConfig } from "./config/describe-config.ts";
import { version } from "./core/version.ts";
import type { Lifecycle } from "./lifecycle/lifecycle.ts";
import type { Reloader } from "./lifecycle/reload.ts";
import type { Exposition } from "./observe/exposition.ts";
import type { MetricRegistry } from "./observe/metric-registry.ts";
import type { Ambassador } from "./roles/ambassador/ambassador.ts";

/** The parts of the daemon that the management interface's answers come from. */
export interface AnswerParts {
  readonly ambassador: Ambassador;
  readonly lifecycle: Lifecycle;
  readonly reloader: Reloader<Config>;
  readonly source: ConfigSource;
  readonly metrics: MetricRegistry;
  readonly log: { error(fields: object, message: string): void };
}

/** What the management interface answers, and from which part of the daemon. */
export function adminApi({ ambassador, lifecycle, reloader, source, metrics, log }: AnswerParts): AdminApi {
  let exposition: Exposition | undefined;
  return {
    live: () => (ambassador.workers.up === 0 && lifecycle.state === "ready" ? ["no worker is alive"] : []),
    ready: () => [
      ...(lifecycle.state === "ready" ? [] : [`the daemon is ${lifecycle.state}`]),
      ...ambassador.ready(),
    ],
    started: () => (lifecycle.state === "starting" ? ["the listeners are not open yet"] : []),
    async metrics() {
      exposition ??= new (await import("./observe/exposition.ts")).Exposition(metrics);
      return { type: exposition.contentType, text: await exposition.text() };
    },
    config: () => ({
      ...describeConfig(reloader.config),
      version: reloader.version,
      origin: source.origin,
      last_reload: reloader.last,
    }),
    configSchema: async () => (await import("./config/schema.ts")).schema,
    reload: () => reloader.reload("POST /config/reload"),
    pools: () => ambassador.pools(),
    ring: async (pool, key) => ambassador.ring(pool, key),
    lifecycle: () => ({ state: lifecycle.state, changes: lifecycle.changes }),
    version: () => ({ version, node: process.version }),
    log: (fields, message) => log.error(fields, message),
  };
}
