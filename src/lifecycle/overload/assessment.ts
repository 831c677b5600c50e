import { shedFrom } from "../../proxy/priority.ts";
import { type Signal, signals, type Thresholds } from "./overload-options.ts";

/** What was read, each in the unit of its thresholds; null: it is not to be had. */
export type Readings = Readonly<Record<Signal, number | null>>;

/** What one signal says. */
export interface SignalState {
  readonly signal: Signal;
  /** null: it is not to be had. */
  readonly reading: number | null;
  /** null: it decides nothing. */
  readonly thresholds: Thresholds | null;
  /** From 0 to 0.9; see `pressureOf`. */
  readonly pressure: number;
}

/** What all signals say together: what the worst of them does. */
export interface Assessment {
  readonly pressure: number;
  /** The signal that says so; null where none says anything. */
  readonly cause: SignalState | null;
  readonly signals: readonly SignalState[];
}

/**
 * A reading in the measure in which the workers refuse priorities: 0.75 at the threshold of `low`, 0.9 at that of
 * `normal`, straight in between, and never more, for what has a high priority is refused by the limits alone.
 */
export function pressureOf(reading: number, { low, normal }: Thresholds): number {
  if (reading < low) return shedFrom.low * Math.max(0, reading / low);
  if (normal === null) return shedFrom.low;
  if (reading >= normal) return shedFrom.normal;
  return shedFrom.low + ((shedFrom.normal - shedFrom.low) * (reading - low)) / (normal - low);
}

export function assess(
  readings: Readings,
  thresholds: Readonly<Record<Signal, Thresholds | null>>,
): Assessment {
  const states = signals.map((signal) => stateOf(signal, readings[signal], thresholds[signal]));
  const worst = states.reduce((worst, state) => (state.pressure > worst.pressure ? state : worst));
  return { pressure: worst.pressure, cause: worst.pressure > 0 ? worst : null, signals: states };
}

/** Nothing is known, or wanted to be known. */
export const unassessed: Assessment = { pressure: 0, cause: null, signals: [] };

function stateOf(signal: Signal, reading: number | null, thresholds: Thresholds | null): SignalState {
  const pressure = reading === null || thresholds === null ? 0 : pressureOf(reading, thresholds);
  return { signal, reading, thresholds, pressure };
}

const names: Readonly<Record<Signal, readonly [name: string, unit: string]>> = {
  event_loop_delay: ["the delay of an event loop", "ms"],
  cpu_pressure: ["the CPU pressure", "%"],
  memory_pressure: ["the memory pressure", "%"],
  memory: ["the share of the memory limit in use", "%"],
};

/** What says most, for people: `the memory pressure is 23 %`. */
export function explain({ cause }: Pick<Assessment, "cause">): string {
  if (cause === null) return "nothing is under pressure";
  const [name, unit] = names[cause.signal];
  return `${name} is ${Math.round(cause.reading ?? 0)} ${unit}`;
}
