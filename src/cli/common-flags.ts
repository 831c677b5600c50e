import { checkDuration } from "./flag-checks.ts";
import type { Flag } from "./verb.ts";

/** Flags that several verbs have. */

export const admin: Flag = {
  name: "admin",
  value: "HOST:PORT",
  help: "Management interface of the daemon (default: $PODMATE_ADMIN, else 127.0.0.1:9901).",
};

export const json: Flag = { name: "json", help: "Print JSON." };

export const config: Flag = {
  name: "config",
  short: "c",
  value: "FILE",
  help: "Configuration file (YAML or JSON); - reads standard input.",
  completes: "file",
};

export const reason: Flag = { name: "reason", value: "TEXT", help: "Why, for the log and the hooks." };

export const dryRun: Flag = { name: "dry-run", help: "Only print what would change." };

export const skipRedis: Flag = {
  name: "skip-redis",
  help: "Leave the Redis pools of twemproxy's file out, instead of refusing the file.",
};

export const pool: Flag = { name: "pool", value: "NAME", help: "Only this pool.", completes: "pool" };

/** A flag whose value is a duration. */
export function duration(name: string, help: string): Flag {
  return { name, value: "DURATION", help, check: checkDuration };
}

export const none: readonly [number, number] = [0, 0];
