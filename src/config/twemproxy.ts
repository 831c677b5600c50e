import { checkAcross } from "./checks.ts";
import type { Config } from "./config.ts";
import { byPosition, type ConfigError, formatPath, type Path, type Position } from "./config-error.ts";
import { fillDefaults } from "./fill-defaults.ts";
import { normalize } from "./normalize.ts";
import { printConfig } from "./print-config.ts";
import { type ConfigForm, schema } from "./schema.ts";
import { readTwemproxyFile, type TwemproxyPool } from "./twemproxy-file.ts";
import { convertPool } from "./twemproxy-pool.ts";
import { validate } from "./validate.ts";
import { strikeOut, type WellFormed } from "./well-formed.ts";

/** A twemproxy file as a configuration of ours, or everything in it that cannot be taken over. */
export type Converted =
  | {
      readonly ok: true;
      readonly config: Config;
      /** What has no effect or another meaning now, by the path of the setting concerned. */
      readonly comments: ReadonlyMap<string, readonly string[]>;
      /** Pools that were left out. */
      readonly warnings: readonly ConfigError[];
    }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

export interface TwemproxyOptions {
  /** Redis pools are left out; otherwise the file is refused for them. */
  readonly skipRedis?: boolean | undefined;
}

/**
 * Reads a twemproxy file (0.5.0, and `reuseport`). Each pool becomes a pool and a listener of the same name; each
 * key goes to the same server as before. Never throws.
 */
export function readTwemproxy(
  text: string,
  file: string,
  { skipRedis = false }: TwemproxyOptions = {},
): Converted {
  const structure = readTwemproxyFile(text, file);
  if (!structure.ok) return structure;
  const left = skipRedis ? structure.pools.filter(speaksRedis) : [];
  const pools = structure.pools.filter((pool) => !left.includes(pool));
  const warnings = left.map(
    ({ name }): ConfigError => ({
      file,
      ...name.position,
      path: formatPath([name.text]),
      message: "this Redis pool is left out: only memcache is spoken",
    }),
  );
  if (pools.length === 0) {
    const message = "all pools of the file are Redis pools, and only memcache is spoken";
    return { ok: false, errors: [{ file, line: 1, column: 1, path: "", message }] };
  }

  const errors: ConfigError[] = [];
  const refuse = (position: Position, path: Path, message: string): void => {
    errors.push({ file, ...position, path: formatPath(path), message });
  };
  const comments = new Map<string, string[]>();
  const conversions = pools.map((pool) => convertPool(pool, comments, refuse));
  if (errors.length > 0) return { ok: false, errors };

  const given = {
    memcache: conversions.map(({ listener }) => listener),
    pools: Object.fromEntries(conversions.map(({ pool }, index) => [nameOf(pools, index), pool])),
  };
  const refuseForm = (path: Path, message: string): void => {
    // The listener is called as the pool is: what is wrong with that is said once.
    if (path[0] === "memcache" && path[2] === "name") return;
    const { position, path: origin } = originOf(path, pools);
    refuse(position, origin, message);
  };
  const violations = validate(given, () => undefined);
  for (const { path, message } of violations) refuseForm(path, message);
  const doubtful = violations.flatMap((violation) => violation.doubtful);
  const form = fillDefaults(schema, strikeOut(given, doubtful)) as WellFormed<ConfigForm> | undefined;
  if (form !== undefined) checkAcross(form, refuseForm);
  if (errors.length > 0) return { ok: false, errors: errors.sort(byPosition) };
  const files = { resolve: (path: string) => path, secret: () => "" };
  return { ok: true, config: normalize(form as ConfigForm, files), comments, warnings };
}

/** A converted file as YAML of ours, with a comment wherever a setting has no effect or another meaning now. */
export function printTwemproxy(converted: Converted & { ok: true }, file: string): string {
  const heading = [
    `Converted from the twemproxy file ${file.replace(/\s/g, " ")}. Every key goes to the same server as before.`,
    "Where one server fails, a get of many keys answers those of the others (on_error: error answers an error).",
    ...converted.warnings.map(({ path }) => `The Redis pool ${path} is left out: only memcache is spoken.`),
  ].join("\n");
  return printConfig(converted.config, converted.comments, heading);
}

function speaksRedis({ directives }: TwemproxyPool): boolean {
  return directives.get("redis")?.text === "true";
}

function nameOf(pools: readonly TwemproxyPool[], index: number): string {
  return (pools[index] as TwemproxyPool).name.text;
}

/** Where in the twemproxy file the cause of a refusal by our own rules stands. */
function originOf(path: Path, pools: readonly TwemproxyPool[]): { position: Position; path: Path } {
  const [kind, which, part, index] = path;
  const pool = pools.find(({ name }, at) => (kind === "pools" ? name.text === which : at === which));
  if (!pool) return { position: { line: 1, column: 1 }, path: [] };
  const server = part === "servers" && typeof index === "number" ? pool.servers[index] : undefined;
  if (server) return { position: server.position, path: [pool.name.text, "servers", index as number] };
  const listen = part === "listen" ? pool.directives.get("listen") : undefined;
  if (listen) return { position: listen.position, path: [pool.name.text, "listen"] };
  return { position: pool.name.position, path: [pool.name.text] };
}
