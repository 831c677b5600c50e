import { versions } from "node:process";
import type { AdminApi } from "./admin/admin-api.ts";
import type { AppParts } from "./app.ts";
import type { Config } from "./config/config.ts";
import { version } from "./core/version.ts";
import type { Reloader } from "./lifecycle/reload.ts";
import type { Exposition } from "./observe/exposition.ts";

/** The parts of the daemon that the management interface's answers come from. */
export type AnswerParts = AppParts & { readonly reloader: Reloader<Config> };

/** What the management interface answers, and from which part of the daemon. */
export function adminApi(parts: AnswerParts): AdminApi {
  const { ambassador, lifecycle, reloader, source, metrics, processMetrics, logger } = parts;
  let exposition: Exposition | undefined;
  return {
    live: () => (ambassador.workers.up === 0 && lifecycle.state === "ready" ? ["no worker is alive"] : []),
    ready: () => [
      ...(lifecycle.state === "ready" ? [] : [`the daemon is ${lifecycle.state}`]),
      ...ambassador.ready(),
    ],
    started: () => (lifecycle.state === "starting" ? ["the listeners are not open yet"] : []),
    async metrics() {
      ambassador.updateMetrics();
      processMetrics.update(logger.suppressed);
      exposition ??= new (await import("./observe/exposition.ts")).Exposition(metrics);
      return { type: exposition.contentType, text: await exposition.text() };
    },
    async config() {
      const { describeConfig } = await import("./config/describe-config.ts");
      return {
        ...describeConfig(reloader.config),
        version: reloader.version,
        origin: source.origin,
        last_reload: reloader.last,
      };
    },
    configSchema: async () => (await import("./config/json-schema.ts")).jsonSchema(),
    reload: () => reloader.reload("POST /config/reload"),
    pools: () => ambassador.pools(),
    hotKeys: () => ambassador.hotKeys(),
    ring: async (pool, key) => ambassador.ring(pool, key),
    lifecycle: () => ({ state: lifecycle.state, changes: lifecycle.changes }),
    version: () => ({ version, node: versions.node }),
    log: (fields, message) => logger.log("error", fields, message),
  };
}
