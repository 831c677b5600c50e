/** What overload is seen by, in the order in which it is shown. */
export const signals = ["event_loop_delay", "cpu_pressure", "memory_pressure", "memory"] as const;
export type Signal = (typeof signals)[number];

/** Readings from which on requests of a priority are refused; null: that priority never, for this reason. */
export interface Thresholds {
  readonly low: number;
  /** Above `low`. */
  readonly normal: number | null;
}

/** When podmate takes itself for overloaded. A signal without thresholds is shown and decides nothing. */
export interface OverloadOptions extends Readonly<Record<Signal, Thresholds | null>> {
  /** How late the event loops come, in ms. */
  readonly event_loop_delay: Thresholds | null;
  /** Share of time in which all threads of the cgroup waited for a CPU, in percent. */
  readonly cpu_pressure: Thresholds | null;
  /** Share of time in which some thread of the cgroup waited for memory, in percent. */
  readonly memory_pressure: Thresholds | null;
  /** Share of the cgroup's memory limit that is in use and cannot be reclaimed, in percent. */
  readonly memory: Thresholds | null;
  /** Shares of the memory limit at which hooks, metrics and log are warned, in percent. */
  readonly memory_warnings: readonly number[];
  /** Time below what has led to it before a priority is served again, in ms. */
  readonly calm: number;
  /** Folder of the cgroup; null: it is found. */
  readonly cgroup: string | null;
}
