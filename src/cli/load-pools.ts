import { formatConfigError } from "../config/config-error.ts";
import { readEitherConfig } from "../config/read-config.ts";
import { nearest } from "../core/nearest.ts";
import type { PoolOptions } from "../upstream/pool-options.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { configInput } from "./config-input.ts";
import { exitCode, type Flags, type Terminal } from "./verb.ts";

/**
 * The pools of a configuration file, podmate's or twemproxy's, by name; Redis pools left out with
 * `--skip-redis`. Rejects with CannotGoOn if the file is bad.
 */
export async function loadPools(
  file: string,
  flags: Flags,
  terminal: Terminal,
): Promise<ReadonlyMap<string, PoolOptions>> {
  const input = await configInput(file, terminal);
  const read = await readEitherConfig({ ...input, skipRedis: flags["skip-redis"] === true }, terminal.env);
  if (read.ok) return new Map(Object.entries(read.config.snapshot.pools));
  throw new CannotGoOn(exitCode.badConfig, read.errors.map(formatConfigError).join("\n"));
}

/** A pool whose servers the file lists. Throws CannotGoOn if they are found by the running daemon alone. */
export function withListedServers(pool: PoolOptions, file: string): PoolOptions {
  if (pool.discover === undefined) return pool;
  throw new CannotGoOn(
    exitCode.failed,
    `podmate: ${file} does not list the servers of pool ${pool.name}, they are found by ${pool.discover.kind}; ask the running daemon: podmate ring --pool ${pool.name} KEY`,
  );
}

/** The pool asked for, or the only one there is. Throws CannotGoOn if that names none. */
export function choosePool(
  pools: ReadonlyMap<string, PoolOptions>,
  file: string,
  name: string | undefined,
): PoolOptions {
  const names = [...pools.keys()];
  if (name === undefined) {
    const [first, second] = pools.values();
    if (first !== undefined && second === undefined) return first;
    throw new CannotGoOn(
      exitCode.usage,
      `podmate: ${file} has ${names.length} pools; choose one with --pool: ${names.join(", ")}`,
    );
  }
  const pool = pools.get(name);
  if (pool !== undefined) return pool;
  const near = nearest(name, names);
  const help = near === undefined ? `there are: ${names.join(", ")}` : `did you mean ${near}?`;
  throw new CannotGoOn(exitCode.failed, `podmate: ${file} has no pool "${name}"; ${help}`);
}
