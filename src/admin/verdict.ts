import type { ComponentHealth } from "../core/component-health.ts";

/** ok: all is well. degraded: worth a look. failing: users notice. */
export const verdictLevels = ["ok", "degraded", "failing"] as const;
export type VerdictLevel = (typeof verdictLevels)[number];

/** Something that is not as it should be. */
export interface VerdictReason {
  readonly level: Exclude<VerdictLevel, "ok">;
  /** A sentence for people, without its full stop. */
  readonly text: string;
  /** The pool that it is about; null: the daemon. */
  readonly pool: string | null;
}

/** How the daemon is, in a word, and why. */
export interface Verdict {
  readonly level: VerdictLevel;
  /** The gravest first; empty where all is well. */
  readonly reasons: readonly VerdictReason[];
}

/** What a verdict is made of. */
export interface VerdictFacts {
  readonly lifecycle: { readonly state: string; readonly reason: string };
  readonly components: readonly ComponentHealth[];
  /** What the pools have carried in the last seconds. */
  readonly traffic: readonly { readonly pool: string; readonly requests: number; readonly failed: number }[];
  readonly lastReload: {
    readonly ok: boolean;
    readonly version: number;
    readonly errors: readonly string[];
  } | null;
  readonly overload: { readonly level: string; readonly reason: string };
  /** In bytes; null where there is no limit. */
  readonly memory: { readonly used: number; readonly limit: number } | null;
}

/** From which part of a pool's requests on failures are told of, are grave, and are told as "most". */
const noticed = 0.01;
const grave = 0.1;
const most = 0.5;
/** Fewer failures may be an accident. */
const leastFailed = 3;
/** Share of the memory limit from which memory is named as a reason. */
const muchMemory = 0.9;
/** Reasons of one pool that are written out. */
const writtenOut = 2;

/** What an operator should know at a glance. */
export function verdictOf(facts: VerdictFacts): Verdict {
  const reasons = [
    ...lifecycleReasons(facts.lifecycle),
    ...facts.traffic.flatMap(trafficReason),
    ...facts.components.flatMap(componentReason),
    ...reloadReason(facts.lastReload),
    ...overloadReason(facts.overload),
    ...memoryReason(facts.memory),
  ];
  const sorted = verdictLevels
    .toReversed()
    .flatMap((level) => reasons.filter((each) => each.level === level));
  return { level: sorted[0]?.level ?? "ok", reasons: sorted };
}

function reason(level: VerdictReason["level"], text: string, pool: string | null = null): VerdictReason {
  return { level, text, pool };
}

function lifecycleReasons({ state, reason: why }: VerdictFacts["lifecycle"]): VerdictReason[] {
  if (state === "ready") return [];
  const text = why === "" ? `The daemon is ${state}` : `The daemon is ${state}: ${why}`;
  return [reason(state === "stopped" ? "failing" : "degraded", text)];
}

function trafficReason({ pool, requests, failed }: VerdictFacts["traffic"][number]): VerdictReason[] {
  // A request counts when it comes, and its failure when it ends.
  const share = Math.min(1, failed / Math.max(requests, failed));
  if (failed < leastFailed || share < noticed) return [];
  const part = `${(100 * share).toFixed(share < grave ? 1 : 0)} %`;
  const text =
    share >= most
      ? `Pool ${pool}: most requests fail (${part})`
      : `Pool ${pool}: ${part} of the requests fail`;
  return [reason(share >= grave ? "failing" : "degraded", text, pool)];
}

/** Listeners are what their pools are, and the lifecycle has its own line. */
function componentReason({ kind, name, role, status, reasons }: ComponentHealth): VerdictReason[] {
  if (status === "up" || kind === "listener" || kind === "lifecycle") return [];
  const written = reasons.slice(0, writtenOut + (status === "down" ? 1 : 0));
  const more = reasons.length - written.length;
  const why = [...written, ...(more > 0 ? [`${more} more`] : [])].join("; ");
  const isPool = kind === "pool";
  const what = isPool ? `Pool ${name}` : role === "app" ? `The app's ${kind}` : capital([kind, name]);
  const level = status === "down" && role !== "app" ? "failing" : "degraded";
  return [reason(level, why === "" ? `${what} is ${status}` : `${what}: ${why}`, isPool ? name : null)];
}

function reloadReason(last: VerdictFacts["lastReload"]): VerdictReason[] {
  if (last === null || last.ok) return [];
  const [first = "unknown reason"] = last.errors;
  return [reason("degraded", `The last reload failed, version ${last.version} stays in force: ${first}`)];
}

function overloadReason({ level, reason: why }: VerdictFacts["overload"]): VerdictReason[] {
  if (level === "none") return [];
  const which = level === "low" ? "of low priority" : "of low and normal priority";
  return [reason("degraded", `Requests ${which} are refused${why === "" ? "" : `: ${why}`}`)];
}

function memoryReason(memory: VerdictFacts["memory"]): VerdictReason[] {
  if (memory === null || memory.used < muchMemory * memory.limit) return [];
  const part = Math.round((100 * memory.used) / memory.limit);
  return [reason("degraded", `Memory is at ${part} % of its limit`)];
}

function capital(words: readonly string[]): string {
  const text = words.filter((word) => word !== "").join(" ");
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
