import type { Environment } from "./environment.ts";
import { type Loaded, parseConfig, readConfigText } from "./load-config.ts";

/** What a configuration is read from. Plain data: it goes from process to process. */
export interface ConfigInput {
  readonly format: "podmate" | "twemproxy";
  /** Path of the file; where `text` stands for the file, a name for people. */
  readonly origin: string;
  readonly text?: string;
  /** Where relative paths in it start; without it, at the folder of `origin`. */
  readonly folder?: string;
}

/** A configuration, or all that is wrong with it, with its text if that could be read. */
export type ConfigRead =
  | (Loaded & { readonly ok: true; readonly text: string })
  | (Loaded & { readonly ok: false; readonly text: string | undefined });

/** Reads, checks and normalizes a configuration of either format. Never rejects. */
export async function readConfig(
  { format, origin, text, folder }: ConfigInput,
  env: Environment,
): Promise<ConfigRead> {
  const content = text === undefined ? readConfigText(origin) : { ok: true as const, text };
  if (!content.ok) return { ...content, text: undefined };
  const isOurs = format === "podmate";
  const loaded = isOurs
    ? parseConfig(content.text, origin, env, { folder })
    : await loadTwemproxy(content.text, origin);
  return { ...loaded, text: content.text };
}

/** Few need what this takes, and each start of a daemon waits for its configuration. */
async function loadTwemproxy(text: string, origin: string): Promise<Loaded> {
  const { readTwemproxy } = await import("./twemproxy.ts");
  const converted = readTwemproxy(text, origin);
  return converted.ok ? { ok: true, config: converted.config } : converted;
}
