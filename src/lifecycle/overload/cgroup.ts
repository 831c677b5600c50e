import { join } from "node:path";
import { readRegularFile } from "../../core/regular-file.ts";
import { findMemoryV1, readMemoryV1 } from "./cgroup-v1.ts";

/** Reads a file; null where there is none, or it cannot be read. */
export type ReadText = (path: string) => Promise<string | null>;

/** What the kernel says of podmate's cgroup; null: it is not to be had. Shares in percent, memory in bytes. */
export interface CgroupReading {
  /** Time within the last 10 s in which all threads that wanted a CPU waited for one. */
  readonly cpuPressure: number | null;
  /** Time within the last 10 s in which some thread waited for memory. */
  readonly memoryPressure: number | null;
  /** null where there is no limit. */
  readonly memory: MemoryUse | null;
}

export interface MemoryUse {
  /** Without what the kernel can take back: pages of files, and its own caches. */
  readonly used: number;
  /** The nearer one of `memory.max` and `memory.high`; under cgroup v1 the lowest that applies. */
  readonly limit: number;
}

/**
 * Reads a folder, or, for null, that of podmate's own cgroup, which is looked for once. Of cgroup v1 only the memory is
 * read, for it knows no pressure.
 */
export function cgroupReader(read: ReadText = readText): (folder: string | null) => Promise<CgroupReading> {
  let own: Promise<readonly [v2: string, v1: string]> | null = null;
  return async (folder) => {
    own ??= Promise.all([findCgroup(read), findMemoryV1(read)]);
    const [v2, v1] = folder === null ? await own : [folder, folder];
    const reading = await readCgroup(v2, read);
    return reading.memory === null ? { ...reading, memory: await readMemoryV1(v1, read) } : reading;
  };
}

/** Where there are no figures of the cgroup's own, those of the machine stand in. */
const machinePressure = "/proc/pressure";

/**
 * Reads the files of a cgroup v2 (kernel documentation, cgroup-v2.rst and psi.rst). Of memory only what there is a limit
 * for is read.
 */
export async function readCgroup(
  folder: string,
  read: ReadText,
  machine = machinePressure,
): Promise<CgroupReading> {
  const pressure = async (of: "cpu" | "memory") =>
    (await read(join(folder, `${of}.pressure`))) ?? (await read(join(machine, of)));
  const [cpu, memoryPressure, memory] = await Promise.all([
    pressure("cpu"),
    pressure("memory"),
    readMemory(folder, read),
  ]);
  return {
    cpuPressure: stalled(cpu, "full"),
    memoryPressure: stalled(memoryPressure, "some"),
    memory,
  };
}

/**
 * The folder of the process's own cgroup. In a container that is where the tree is mounted; elsewhere the kernel tells
 * the way from there.
 */
export async function findCgroup(read: ReadText, root = "/sys/fs/cgroup"): Promise<string> {
  const path = /^0::(\/.*)$/m.exec((await read("/proc/self/cgroup")) ?? "")?.[1] ?? "/";
  // A path that leads out of the tree is one of another namespace.
  if (path === "/" || path.includes("/..")) return root;
  const own = join(root, path);
  return (await read(join(own, "cgroup.controllers"))) === null ? root : own;
}

/** Of each file so many bytes are read; the longest, `memory.stat`, has about 2,000. */
const longest = 64 * 1024;

/** Reads a file of the system. */
const readText: ReadText = async (path) => {
  try {
    return (await readRegularFile(path, longest)).toString();
  } catch {
    return null;
  }
};

/** Share of the last 10 s in percent, from a line such as `some avg10=1.53 avg60=0.87 avg300=0.41 total=1234`. */
function stalled(text: string | null, line: "some" | "full"): number | null {
  const found = new RegExp(`^${line} avg10=(\\d+(?:\\.\\d+)?)`, "m").exec(text ?? "");
  return found === null ? null : Number(found[1]);
}

async function readMemory(folder: string, read: ReadText): Promise<MemoryUse | null> {
  const [max, high] = await Promise.all([
    read(join(folder, "memory.max")),
    read(join(folder, "memory.high")),
  ]);
  const limit = Math.min(bytesIn(max), bytesIn(high));
  if (!Number.isFinite(limit) || limit === 0) return null;
  const [current, stat] = await Promise.all([
    read(join(folder, "memory.current")),
    read(join(folder, "memory.stat")),
  ]);
  const total = bytesIn(current);
  return Number.isFinite(total) ? { used: Math.max(0, total - reclaimable(stat ?? "")), limit } : null;
}

/** Infinity for `max`, and for what is no number. */
function bytesIn(text: string | null): number {
  const trimmed = text?.trim() ?? "";
  return /^\d+$/.test(trimmed) ? Number(trimmed) : Number.POSITIVE_INFINITY;
}

/** Bytes that the kernel takes back before it kills anybody. What lies in tmpfs counts as file, and is not among them. */
function reclaimable(stat: string): number {
  const lines = stat.matchAll(/^(?:active_file|inactive_file|slab_reclaimable) (\d+)$/gm);
  return [...lines].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}
