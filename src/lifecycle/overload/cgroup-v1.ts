import { join } from "node:path";
import type { MemoryUse, ReadText } from "./cgroup.ts";

/** "No limit" is the largest number of whole pages, 2^63 less one page; nobody has so much. */
const noLimit = 2 ** 60;

/**
 * The folder where cgroup v1 counts the memory of the process. In a container that is where the controller is mounted;
 * elsewhere the kernel tells the way from there.
 */
export async function findMemoryV1(read: ReadText, root = "/sys/fs/cgroup/memory"): Promise<string> {
  const path = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(
    (await read("/proc/self/cgroup")) ?? "",
  )?.[1];
  // A path that leads out of the tree is one of another namespace.
  if (path === undefined || path.includes("/..")) return root;
  const own = join(root, path);
  return (await read(join(own, "memory.stat"))) === null ? root : own;
}

/**
 * Reads the memory of a cgroup v1 (kernel documentation, cgroup-v1/memory.rst); null where it is none, or has no limit.
 * The limit is the lowest one of the cgroup and those above it.
 */
export async function readMemoryV1(folder: string, read: ReadText): Promise<MemoryUse | null> {
  const stat = await read(join(folder, "memory.stat"));
  const limit = numberOf(stat ?? "", "hierarchical_memory_limit");
  if (stat === null || limit === null || limit === 0 || limit >= noLimit) return null;
  const total = numberOf(`total ${await read(join(folder, "memory.usage_in_bytes"))}`, "total");
  if (total === null) return null;
  const files = (numberOf(stat, "total_active_file") ?? 0) + (numberOf(stat, "total_inactive_file") ?? 0);
  return { used: Math.max(0, total - files), limit };
}

/** The number that stands after a word at the beginning of a line. */
function numberOf(text: string, word: string): number | null {
  const found = new RegExp(`^${word} (\\d+)$`, "m").exec(text.trim());
  return found === null ? null : Number(found[1]);
}
