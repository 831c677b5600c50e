import { setImmediate } from "node:timers/promises";
import { patience } from "./patience.ts";

/**
 * Lets the event loop go on, turn by turn, until the condition holds. For what has no event to wait for; it fails
 * after `deadline` ms instead of hanging.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what = String(holds),
  deadline = patience,
): Promise<void> {
  const due = performance.now() + deadline;
  while (!(await holds())) {
    if (performance.now() > due) throw new Error(`still not so after ${deadline} ms: ${what}`);
    await setImmediate();
  }
}

/** Lets some turns of the event loop pass, so that what is ready on its sockets is handled. */
export async function turns(count = 10): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate();
}
