import type { TextSource } from "./app-options.ts";
import { readText } from "./read-text.ts";
import { readYaml } from "./read-yaml.ts";
import { hideSecrets } from "./secrets.ts";

/** In bytes. */
const largestConfig = 256 * 1024;

/** The app's configuration as it is shown, secrets hidden. */
export interface ShownConfig {
  readonly format: "json" | "yaml" | "properties";
  readonly config: unknown;
}

/** Reads and parses it; rejects with why it cannot be shown. Nothing is shown of a text that is not understood. */
export async function readAppConfig(source: TextSource, signal: AbortSignal): Promise<ShownConfig> {
  const accept = "application/json, application/yaml, text/plain;q=0.9, */*;q=0.1";
  const text = await readText(source, { limit: largestConfig, accept, signal });
  const plain = parseJson(text) ?? parseProperties(text);
  if (plain !== null) return { format: plain.format, config: hideSecrets(plain.value) };
  try {
    return { format: "yaml", config: await readYaml(text, signal) };
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`it is neither JSON, YAML nor lines of KEY=value${message && `: ${message}`}`);
  }
}

interface Parsed {
  readonly format: ShownConfig["format"];
  readonly value: unknown;
}

/** A bare text or number is JSON, too; of such nothing is known. */
function parseJson(text: string): Parsed | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { format: "json", value } : null;
  } catch {
    return null;
  }
}

/** Lines of `KEY=value`, comments and nothing else: properties, .env. */
function parseProperties(text: string): Parsed | null {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*(?:[#!].*)?$/.test(line));
  const pairs = lines.map((line) => /^\s*(?:export\s+)?([\w.$/[\]-]+)\s*=(.*)$/.exec(line));
  if (pairs.length === 0 || pairs.includes(null)) return null;
  return {
    format: "properties",
    value: Object.fromEntries(pairs.map((pair) => [pair![1]!, pair![2]!.trim()])),
  };
}
