import type { ConfigReading, ConfigSource } from "../app.ts";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/environment.ts";
import type { ConfigInput } from "../config/read-config.ts";
import { readInProcess } from "./config-process.ts";

/** A configuration that is read anew at each reload. */
export function configSource(input: ConfigInput, environment: Environment): ConfigSource {
  return {
    origin: input.origin,
    file: input.text === undefined ? input.origin : null,
    read: () => readInProcess(input, environment),
  };
}

/** `source` with what the command line says in place of the file's word, at each reading. */
export function overridden(
  source: ConfigSource,
  over: Partial<Pick<Config, "admin" | "workers">>,
): ConfigSource {
  return {
    ...source,
    async read(): Promise<ConfigReading> {
      const reading = await source.read();
      return reading.ok ? { ok: true, config: { ...reading.config, ...over } } : reading;
    },
  };
}
