import type { Clock } from "../core/clock.ts";
import type { Deadline } from "./deadline.ts";

/** What is shut down. */
export interface Draining {
  /** Requests in flight and clients connected now, and clients accepted since the start. */
  load(): Promise<{ readonly requests: number; readonly connections: number; readonly accepted: number }>;
  /** Stops accepting and resolves when the last client is gone. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** How to shut down. */
export interface ShutdownSettings {
  /**
   * `sidecar`: the app may still be working, so clients are accepted and served until none comes any more.
   * `native`: the app is gone; what is in flight is answered, and nothing new is taken.
   */
  readonly mode: "sidecar" | "native";
  /** A sidecar takes the app for gone when nobody has been connected for so long, in ms. */
  readonly quiet: number;
}

export interface ShutdownOptions extends ShutdownSettings {
  /** Then what is left is cut. */
  readonly deadline: Deadline;
  readonly clock: Pick<Clock, "now" | "after">;
}

/** How often a sidecar looks whether its clients are gone, in ms. */
export const lookEvery = 200;

/** Longest time in which clients that do not go by themselves are let go before the deadline, in ms. */
export const longestFarewell = 2_000;

/** Of `left` ms, those in which such clients are let go, each when it is answered: a tenth, and not too much. */
export function farewell(left: number): number {
  return Math.min(longestFarewell, left / 10);
}

/** Ends the data plane as the mode wants it. Says whether the deadline cut it short. */
export async function shutDown(plane: Draining, options: ShutdownOptions): Promise<"drained" | "deadline"> {
  const { deadline } = options;
  const stopped = { yet: false };
  const outcome = await Promise.race([
    deadline.passed.then(() => "deadline" as const),
    drained(plane, options, stopped),
  ]);
  stopped.yet = true;
  deadline.cancel();
  await plane.close();
  return outcome;
}

async function drained(
  plane: Draining,
  options: ShutdownOptions,
  stopped: { readonly yet: boolean },
): Promise<"drained"> {
  if (options.mode === "sidecar") await untilQuiet(plane, options, stopped);
  if (!stopped.yet) await plane.drain();
  return "drained";
}

/** Serves on until the app is quiet, or the deadline is near. */
async function untilQuiet(
  plane: Draining,
  { quiet, deadline, clock }: ShutdownOptions,
  stopped: { readonly yet: boolean },
): Promise<void> {
  const parting = farewell(deadline.left);
  let lastAccepted = -1;
  let quietSince = clock.now();
  while (!stopped.yet && deadline.left > parting) {
    const { connections, requests, accepted } = await plane.load();
    // Who has come and gone between two looks is an app that works, too.
    if (connections + requests > 0 || accepted !== lastAccepted) quietSince = clock.now();
    lastAccepted = accepted;
    if (clock.now() - quietSince >= quiet) return;
    const pause = Math.min(lookEvery, Math.max(1, deadline.left - parting));
    await new Promise<void>((resolve) => clock.after(pause, resolve));
  }
}
