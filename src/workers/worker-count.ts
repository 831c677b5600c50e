import { availableParallelism } from "node:os";
import { loadFs } from "../core/lazy-builtins.ts";

/** Reads a file of the cgroup tree, or null where there is none. */
export type ReadCgroup = (path: string) => string | null;

/**
 * Worker threads for `workers: auto`: the CPUs that the cgroup's quota allows, rounded down, at least 1 and at most
 * `cpus`, the number that the machine has. Without a quota, `cpus`. Looks where a container sees its own cgroup:
 * `cpu.max` of cgroup v2 (kernel documentation, cgroup-v2.rst), else `cpu.cfs_quota_us` and `cpu.cfs_period_us` of v1.
 */
export function workerCount(read: ReadCgroup, cpus: number): number {
  const quota = quotaV2(read("/sys/fs/cgroup/cpu.max")) ?? quotaV1(read);
  return Math.max(1, Math.min(cpus, Math.floor(quota ?? cpus)));
}

/** `workers: auto` on this machine. */
export function machineWorkers(): number {
  return workerCount((path) => {
    try {
      return loadFs().readFileSync(path, "utf8");
    } catch {
      return null;
    }
  }, availableParallelism());
}

function quotaV2(text: string | null): number | null {
  const [quota, period] = (text ?? "").trim().split(/\s+/).map(Number);
  return ratio(quota, period);
}

function quotaV1(read: ReadCgroup): number | null {
  for (const folder of ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"]) {
    const quota = read(`${folder}/cpu.cfs_quota_us`);
    if (quota !== null) return ratio(Number(quota), Number(read(`${folder}/cpu.cfs_period_us`)));
  }
  return null;
}

/** null for "max", for -1 (v1's word for no quota) and for what is no number at all. */
function ratio(quota: number | undefined, period: number | undefined): number | null {
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : null;
}
