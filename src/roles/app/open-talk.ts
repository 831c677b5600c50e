import type { Clock } from "../../core/clock.ts";
import type { AppTalk } from "./app-interface.ts";

/** Talks to the app over HTTP, by commands and by files. What that takes is loaded when it is first needed. */
export function openTalk(env: Readonly<Record<string, string | undefined>>, clock: Clock): AppTalk {
  return {
    async check(options, signal) {
      const { checkApp } = await import("./check-app.ts");
      return checkApp(options, signal, { env, clock });
    },
    async readMetrics(options, signal) {
      const { readMetrics } = await import("./read-metrics.ts");
      return readMetrics(options, signal);
    },
    async readConfig(source, signal) {
      const { readAppConfig } = await import("./app-config.ts");
      return readAppConfig(source, signal);
    },
  };
}
