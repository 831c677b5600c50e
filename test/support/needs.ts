import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** The part of a tap test that `needs` uses. */
interface Skippable {
  plan(count: number, reason: string): void;
}

/** Folders that hold daemons and are not always on the PATH. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/sbin"];

/** The full path of a program, or undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(":"), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * Whether the program is here. Where it is not, the test is skipped with the reason printed, but fails in CI, where
 * everything must be installed:
 *
 *     if (!needs(t, "memcached")) return;
 */
export function needs(t: Skippable, name: string): boolean {
  if (findProgram(name) !== undefined) return true;
  const reason = `${name} is not installed`;
  if (process.env["CI"]) throw new Error(`${reason}, and nothing may be skipped in CI`);
  t.plan(0, reason);
  return false;
}

/**
 * Whether the programs are here that `.ci/run` builds from Go modules. Where they are not, the test is skipped with the
 * reason printed. In CI that is a failure, unless there is no Go, or the modules were out of reach, as `.ci/run` says by
 * `PODMATE_MODULES=unreachable`.
 */
export function needsBuilt(t: Skippable, ...names: readonly string[]): boolean {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return true;
  const reason = `${missing.join(" and ")} not installed`;
  const excused = findProgram("go") === undefined || process.env["PODMATE_MODULES"] === "unreachable";
  if (process.env["CI"] && !excused) throw new Error(`${reason}, and .ci/run could have built it`);
  t.plan(0, reason);
  return false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
