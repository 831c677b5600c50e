/** What a hook can be told of: that the daemon has come into this state, or that memory nears its limit. */
export const hookEvents = ["ready", "paused", "draining", "stopped", "memory"] as const;
export type HookEvent = (typeof hookEvents)[number];

/** Something that is told how the daemon stands in its life. */
export interface HookOptions {
  /** Label in metrics and logs; each hook has its own. */
  readonly name: string;
  readonly on: readonly HookEvent[];
  /** Longest time, in ms; then the call is given up, or the command's process group killed. */
  readonly timeout: number;
  readonly call: HttpCall | Command;
}

export interface HttpCall {
  readonly kind: "http";
  readonly url: string;
}

export interface Command {
  readonly kind: "exec";
  readonly command: string;
  readonly args: readonly string[];
}
