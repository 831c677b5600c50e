import { dirname, resolve } from "node:path";
import type { ConfigReading, ConfigSource } from "../app.ts";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/environment.ts";
import type { ConfigInput } from "../config/read-config.ts";
import type { Address } from "../core/address.ts";
import { readInProcess } from "./config-process.ts";

/** A configuration that is read again at each reload. Relative paths in whatever replaces it start where it lies. */
export function configSource(input: ConfigInput, environment: Environment): ConfigSource {
  const file = input.text === undefined ? input.origin : null;
  const folder = file === null ? resolve() : dirname(resolve(file));
  return {
    origin: input.origin,
    file,
    async read(given, name): Promise<ConfigReading> {
      const from = given === undefined ? input : { ...given, origin: name ?? input.origin, folder };
      const { format } = from;
      const read = await readInProcess(from, environment);
      if (read.ok) {
        const { config, warnings, text } = read;
        return { ok: true, config, document: { format, text }, warnings };
      }
      const document = read.text === undefined ? undefined : { format, text: read.text };
      return { ok: false, errors: read.errors, document };
    },
  };
}

/** What the command line says in place of the file. */
export interface Overrides {
  readonly listen?: Address;
  readonly workers?: Config["workers"];
  readonly level?: Config["log"]["level"];
}

/** `source` with what the command line says in place of its word, at each reading. */
export function overridden(source: ConfigSource, { listen, level, ...over }: Overrides): ConfigSource {
  return {
    ...source,
    async read(document, name): Promise<ConfigReading> {
      const reading = await source.read(document, name);
      if (!reading.ok) return reading;
      const { config } = reading;
      const admin = listen === undefined ? config.admin : { ...config.admin, listen };
      const log = level === undefined ? config.log : { ...config.log, level };
      return { ...reading, config: { ...config, ...over, admin, log } };
    },
  };
}
