/**
 * The life of the daemon, as a drawing and as the table below it:
 *
 *   starting ──► ready ◄──► paused
 *      │           │           │
 *      └───────────┴─► draining ──► stopped      (stop leads from everywhere to stopped)
 */
export type LifecycleState = "starting" | "ready" | "paused" | "draining" | "stopped";

export type LifecycleEvent = "started" | "pause" | "resume" | "drain" | "stop";

const transitions: Readonly<Record<LifecycleState, Partial<Record<LifecycleEvent, LifecycleState>>>> = {
  starting: { started: "ready", drain: "draining", stop: "stopped" },
  ready: { pause: "paused", drain: "draining", stop: "stopped" },
  paused: { resume: "ready", drain: "draining", stop: "stopped" },
  draining: { stop: "stopped" },
  stopped: {},
};

/** The state that `event` leads to, or null where it means nothing in `state`. */
export function nextState(state: LifecycleState, event: LifecycleEvent): LifecycleState | null {
  return transitions[state][event] ?? null;
}
