import { execFileSync, spawnSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";

/** Where and on what a benchmark ran. */
export interface Environment {
  readonly date: string;
  readonly commit: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly node: string;
}

/** Describes this machine and the checked-out source. */
export function describeEnvironment(sourceFolder: string): Environment {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: describeCommit(sourceFolder),
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    node: process.version,
  };
}

function describeCommit(folder: string): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync("git", ["-C", folder, ...args], { encoding: "utf8" });
    const modified = git("status", "--porcelain", "--", "src").trim() !== "";
    return git("rev-parse", "--short=10", "HEAD").trim() + (modified ? " (modified)" : "");
  } catch {
    return "unknown";
  }
}

/** The first version number that a program prints for the given flag; null if the program is missing. */
export function programVersion(program: string, flag: string): string | null {
  const { error, stdout, stderr } = spawnSync(program, [flag], { encoding: "utf8" });
  if (error) return null;
  return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? "unknown";
}

/** The same, for a program without which there is nothing to do: throws if it is missing. */
export function requiredVersion(program: string, flag: string): string {
  const version = programVersion(program, flag);
  if (version === null) throw new Error(`${program} is not installed`);
  return version;
}
