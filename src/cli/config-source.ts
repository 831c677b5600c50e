import type { ConfigReading, ConfigSource } from "../app.ts";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/environment.ts";
import { loadConfig, parseConfig } from "../config/load-config.ts";

/** A configuration file of ours. */
export function fileSource(file: string, env: Environment): ConfigSource {
  return { origin: file, file, read: () => loadConfig(file, env) };
}

/** A configuration that podmate has written itself. */
export function textSource(origin: string, text: string, env: Environment): ConfigSource {
  return { origin, file: null, read: () => parseConfig(text, origin, env) };
}

/** `source` with what the command line says in place of the file's word, at each reading. */
export function overridden(
  source: ConfigSource,
  over: Partial<Pick<Config, "admin" | "workers">>,
): ConfigSource {
  return {
    ...source,
    read(): ConfigReading {
      const reading = source.read();
      return reading.ok ? { ok: true, config: { ...reading.config, ...over } } : reading;
    },
  };
}
