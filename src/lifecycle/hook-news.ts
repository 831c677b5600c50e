import type { HookEvent } from "./hook-options.ts";
import type { LifecycleState } from "./lifecycle-state.ts";

/** Memory in use and its limit, in bytes. */
export interface MemoryNews {
  readonly used: number;
  readonly limit: number;
}

/** What a hook is told. */
export interface HookNews {
  readonly event: HookEvent;
  readonly state: LifecycleState;
  /** The state before; the same where it has not changed. */
  readonly from: LifecycleState;
  readonly reason: string;
  /** When it came to be, as Unix time in ms. */
  readonly at: number;
  /** Unix time in ms by which the state ends on its own; absent where it has no end. */
  readonly deadline?: number;
  /** With the event `memory` only. */
  readonly memory?: MemoryNews;
}

/** The body that an HTTP hook gets, and a command on its standard input. */
export function newsAsJson(hook: string, news: HookNews): string {
  const { event, state, from, reason, at, deadline, memory } = news;
  const body = { hook, event, state, from, reason, at_unix_ms: at, deadline_unix_ms: deadline ?? null };
  return JSON.stringify(
    memory === undefined
      ? body
      : { ...body, memory_used_bytes: memory.used, memory_limit_bytes: memory.limit },
  );
}

/** The same for a command's environment; what is not known is empty. */
export function newsAsEnvironment(hook: string, news: HookNews): Readonly<Record<string, string>> {
  return {
    PODMATE_HOOK: hook,
    PODMATE_EVENT: news.event,
    PODMATE_STATE: news.state,
    PODMATE_FROM: news.from,
    PODMATE_REASON: news.reason,
    PODMATE_AT: String(news.at),
    PODMATE_DEADLINE: String(news.deadline ?? ""),
    PODMATE_MEMORY_USED_BYTES: String(news.memory?.used ?? ""),
    PODMATE_MEMORY_LIMIT_BYTES: String(news.memory?.limit ?? ""),
  };
}
