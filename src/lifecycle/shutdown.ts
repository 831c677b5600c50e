import type { Clock } from "../core/clock.ts";

/** What is shut down. */
export interface Draining {
  load(): Promise<{ readonly requests: number; readonly connections: number }>;
  /** Stops accepting and resolves when the last client is gone. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export interface ShutdownOptions {
  /**
   * `sidecar`: the app may still be working, so clients are accepted and served until none is connected.
   * `native`: the app is gone; what is in flight is answered, and nothing new is taken.
   */
  readonly mode: "sidecar" | "native";
  /** Longest time, in ms, before what is left is cut. */
  readonly drain: number;
  readonly clock: Pick<Clock, "after">;
}

/** How often a sidecar looks whether its clients are gone, in ms; two looks in a row must find none. */
export const lookEvery = 200;

/** Ends the data plane as the mode wants it. Says whether the deadline cut it short. */
export async function shutDown(plane: Draining, options: ShutdownOptions): Promise<"drained" | "deadline"> {
  const { clock } = options;
  const { promise: late, resolve } = Promise.withResolvers<"deadline">();
  const cancel = clock.after(options.drain, () => resolve("deadline"));
  const stopped = { yet: false };
  const outcome = await Promise.race([late, drained(plane, options, stopped)]);
  stopped.yet = true;
  cancel();
  await plane.close();
  return outcome;
}

async function drained(
  plane: Draining,
  { mode, clock }: ShutdownOptions,
  stopped: { readonly yet: boolean },
): Promise<"drained"> {
  let quiet = mode === "native" ? 2 : 0;
  while (quiet < 2 && !stopped.yet) {
    const { connections, requests } = await plane.load();
    quiet = connections + requests === 0 ? quiet + 1 : 0;
    if (quiet < 2) await new Promise<void>((resolve) => clock.after(lookEvery, resolve));
  }
  if (!stopped.yet) await plane.drain();
  return "drained";
}
