import { record } from "../observe/histogram.ts";
import { hookResult, lifecycleState } from "../observe/metric-labels.ts";
import { HOOK, LIFECYCLE } from "../observe/metric-layout.ts";
import type { MetricRegistry } from "../observe/metric-registry.ts";
import type { HookRun } from "./hooks.ts";
import type { LifecycleChange } from "./lifecycle.ts";

/** Counts changes of state, and how the hooks were told of them. */
export class LifecycleMetrics {
  readonly #metrics: MetricRegistry;
  readonly #block: Float64Array;

  constructor(metrics: MetricRegistry) {
    this.#metrics = metrics;
    this.#block = metrics.block("lifecycle", "");
    this.#block[LIFECYCLE.state + lifecycleState.starting] = 1;
  }

  changed({ from, to }: Pick<LifecycleChange, "from" | "to">): void {
    this.#block[LIFECYCLE.changes + lifecycleState[to]]! += 1;
    this.#block[LIFECYCLE.state + lifecycleState[from]] = 0;
    this.#block[LIFECYCLE.state + lifecycleState[to]] = 1;
  }

  /** Hooks that a reload has removed are served no more; `hooks` are those that there are. */
  told({ hook, result, duration }: HookRun, hooks: readonly { readonly name: string }[]): void {
    const names = hooks.map(({ name }) => name);
    this.#metrics.retain("hook", [hook, ...names]);
    const block = this.#metrics.block("hook", hook);
    block[HOOK.runs + hookResult[result]]! += 1;
    record(block, HOOK.duration, duration * 1_000);
  }
}
