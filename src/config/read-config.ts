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
  /** Redis pools of twemproxy's file are left out; otherwise the file is refused for them. */
  readonly skipRedis?: boolean;
  /** Warnings are looked for, too. */
  readonly thorough?: boolean;
}

/** A configuration, or all that is wrong with it, with its text if that could be read. */
export type ConfigRead =
  | (Loaded & { readonly ok: true; readonly text: string })
  | (Loaded & { readonly ok: false; readonly text: string | undefined });

/** Reads, checks and normalizes a configuration of either format. Never rejects. */
export async function readConfig(input: ConfigInput, env: Environment): Promise<ConfigRead> {
  const { format, origin, text } = input;
  const content = text === undefined ? readConfigText(origin) : { ok: true as const, text };
  if (!content.ok) return { ...content, text: undefined };
  const loaded =
    format === "podmate" ? await loadOwn(content.text, input, env) : await loadTwemproxy(content.text, input);
  return { ...loaded, text: content.text };
}

/** Reads a file of either format, whichever it is. Never rejects. */
export async function readEitherConfig(
  input: Omit<ConfigInput, "format">,
  env: Environment,
): Promise<ConfigRead & Pick<ConfigInput, "format">> {
  const own = await readConfig({ ...input, format: "podmate" }, env);
  if (own.ok || own.text === undefined) return { ...own, format: "podmate" };
  // No file is good in both forms, and of a bad one there are the errors of the form that it looks like.
  const theirs = await readConfig({ ...input, text: own.text, format: "twemproxy" }, env);
  const { looksLikeTwemproxy } = await import("./file-format.ts");
  if (theirs.ok || looksLikeTwemproxy(own.text)) return { ...theirs, format: "twemproxy" };
  return { ...own, format: "podmate" };
}

async function loadOwn(
  text: string,
  { origin, folder, thorough }: ConfigInput,
  env: Environment,
): Promise<Loaded> {
  const loaded = parseConfig(text, origin, env, { folder, thorough });
  if (loaded.ok) return loaded;
  const { looksLikeTwemproxy } = await import("./file-format.ts");
  if (!looksLikeTwemproxy(text)) return loaded;
  const message =
    "this is a file of twemproxy's form; run it by `podmate run --twemproxy FILE`, or convert it by `podmate convert twemproxy FILE`";
  return { ok: false, errors: [{ file: origin, line: 1, column: 1, path: "", message }] };
}

/** Few need what this takes, and each start of a daemon waits for its configuration. */
async function loadTwemproxy(text: string, { origin, skipRedis }: ConfigInput): Promise<Loaded> {
  const { readTwemproxy } = await import("./twemproxy.ts");
  const converted = readTwemproxy(text, origin, { skipRedis });
  return converted.ok ? { ok: true, config: converted.config, warnings: converted.warnings } : converted;
}
