import type { Environment } from "./environment.ts";
import { type Loaded, parseConfig, readConfigText } from "./load-config.ts";
import { readTwemproxy } from "./twemproxy.ts";

/** What a configuration is read from. Plain data: it goes from process to process. */
export interface ConfigInput {
  readonly format: "podmate" | "twemproxy";
  /** Path of the file; where `text` stands for the file, a name for people. */
  readonly origin: string;
  readonly text?: string;
}

/** Reads, checks and normalizes a configuration of either format. Never throws. */
export function readConfig({ format, origin, text }: ConfigInput, environment: Environment): Loaded {
  const content = text === undefined ? readConfigText(origin) : { ok: true as const, text };
  if (!content.ok) return content;
  if (format === "podmate") return parseConfig(content.text, origin, environment);
  const converted = readTwemproxy(content.text, origin);
  return converted.ok ? { ok: true, config: converted.config } : converted;
}
