import type { Clock } from "../../core/clock.ts";
import { runCommand } from "../../core/run-command.ts";
import type { ScaleCommand } from "./replicate-options.ts";
import type { Scale, ScaleOrder, Scaler } from "./scaler.ts";

/** Scales by a command. How many replicas there are it cannot know. */
export class CommandScaler implements Scaler {
  readonly #command: ScaleCommand;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #clock: Pick<Clock, "after">;

  constructor(
    command: ScaleCommand,
    env: Readonly<Record<string, string | undefined>>,
    clock: Pick<Clock, "after">,
  ) {
    this.#command = command;
    this.#env = env;
    this.#clock = clock;
  }

  async read(): Promise<Scale> {
    return { target: null, wanted: null, current: null };
  }

  async write(seen: Scale, { replicas, reason, dryRun }: ScaleOrder, signal: AbortSignal): Promise<Scale> {
    if (dryRun) return { ...seen, wanted: replicas };
    const { command, args } = this.#command;
    const env = { ...this.#env, REPLICAS: String(replicas), REASON: reason };
    await runCommand(command, args, { env, clock: this.#clock, signal });
    return { ...seen, wanted: replicas };
  }
}
