import type { HookEvent } from "./hook-options.ts";
import type { LifecycleState } from "./lifecycle-state.ts";

/** What a hook is told. */
export interface HookNews {
  readonly event: HookEvent;
  readonly state: LifecycleState;
  /** The state before. */
  readonly from: LifecycleState;
  readonly reason: string;
  /** When it came to be, as Unix time in ms. */
  readonly at: number;
  /** Unix time in ms by which the state ends on its own; absent where it has no end. */
  readonly deadline?: number;
}

/** The body that an HTTP hook gets, and a command on its standard input. */
export function newsAsJson(hook: string, { event, state, from, reason, at, deadline }: HookNews): string {
  const body = { hook, event, state, from, reason, at_unix_ms: at, deadline_unix_ms: deadline ?? null };
  return JSON.stringify(body);
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
  };
}
