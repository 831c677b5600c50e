import { readdirSync, readFileSync } from "node:fs";

/** CPU time of processes over all their threads, in microseconds. */
export interface CpuUsage {
  /** From the scheduler's count of nanoseconds, which is exact. */
  readonly total: number;
  /** Split of `total` by the ratio that /proc/PID/stat tells. */
  readonly user: number;
  readonly system: number;
}

/** Ticks per second of utime and stime; 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Reads what processes have used since their start, together. Linux only; throws if one is gone. */
export function readCpuUsage(...pids: readonly number[]): CpuUsage {
  let [total, user, system] = [0, 0, 0];
  for (const pid of pids) {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      total += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1").split(" ", 1)[0]) / 1000;
    }
    const times = parseStatTimes(readFileSync(`/proc/${pid}/stat`, "latin1"));
    user += times.user;
    system += times.system;
  }
  return { total, user, system };
}

/** What was used between two readings. */
export function cpuUsageBetween(before: CpuUsage, after: CpuUsage): CpuUsage {
  const total = after.total - before.total;
  const user = after.user - before.user;
  const system = after.system - before.system;
  const share = user + system > 0 ? user / (user + system) : 0;
  return { total, user: total * share, system: total * (1 - share) };
}

/** utime and stime of a /proc/PID/stat line, in microseconds; the name in it may hold spaces and parentheses. */
export function parseStatTimes(stat: string): { user: number; system: number } {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const tick = 1_000_000 / ticksPerSecond;
  return { user: Number(fields[11]) * tick, system: Number(fields[12]) * tick };
}

/** Memory of processes in KiB: resident now, resident at most since the start, and with shared pages divided. */
export interface MemoryUsage {
  readonly resident: number;
  readonly peak: number;
  readonly proportional: number;
}

/** Reads the memory of processes, together. Linux only; throws if one is gone. */
export function readMemoryUsage(...pids: readonly number[]): MemoryUsage {
  let [resident, peak, proportional] = [0, 0, 0];
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    resident += kibibytes(status, "VmRSS");
    peak += kibibytes(status, "VmHWM");
    proportional += kibibytes(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"), "Pss");
  }
  return { resident, peak, proportional };
}

/** The figure of a `Name:   123 kB` line. */
export function kibibytes(text: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text);
  if (match === null) throw new Error(`no ${name} in the process status`);
  return Number(match[1]);
}
