import type { OverloadOptions, Thresholds } from "../lifecycle/overload/overload-options.ts";
import { type Path, show } from "./config-error.ts";
import type { OverloadForm } from "./overload-schema.ts";
import type { Refuse } from "./refuse.ts";
import { formatDuration, toMilliseconds } from "./units.ts";
import type { WellFormed } from "./well-formed.ts";

/** A valid, filled-in form in the way the daemon runs on it. `resolve` makes a path absolute. */
export function normalizeOverload(
  form: OverloadForm | null,
  resolve: (path: string) => string,
): OverloadOptions | null {
  if (form === null) return null;
  const { event_loop_delay: delay, calm, cgroup } = form;
  return {
    ...form,
    event_loop_delay: delay && {
      low: toMilliseconds(delay.low),
      normal: delay.normal === null ? null : toMilliseconds(delay.normal),
    },
    calm: toMilliseconds(calm),
    cgroup: cgroup === null ? null : resolve(cgroup),
  };
}

/** The way back of `normalizeOverload`. */
export function overloadForm(options: OverloadOptions | null): OverloadForm | null {
  if (options === null) return null;
  const { event_loop_delay: delay, memory_warnings, calm } = options;
  return {
    ...options,
    event_loop_delay: delay && {
      low: formatDuration(delay.low),
      normal: delay.normal === null ? null : formatDuration(delay.normal),
    },
    memory_warnings: [...memory_warnings],
    calm: formatDuration(calm),
  };
}

/** What the schema cannot say: normal priority is refused later than low. */
export function checkOverload(form: WellFormed<OverloadForm>, path: Path, refuse: Refuse): void {
  const { event_loop_delay: delay, ...rest } = form;
  if (delay?.low !== undefined && delay.normal !== undefined && delay.normal !== null) {
    const thresholds = { low: toMilliseconds(delay.low), normal: toMilliseconds(delay.normal) };
    checkOrder(thresholds, delay.normal, [...path, "event_loop_delay"], refuse);
  }
  for (const signal of ["cpu_pressure", "memory_pressure", "memory"] as const) {
    const { low, normal } = rest[signal] ?? {};
    if (low !== undefined && normal !== undefined)
      checkOrder({ low, normal }, normal, [...path, signal], refuse);
  }
}

function checkOrder({ low, normal }: Thresholds, shown: unknown, path: Path, refuse: Refuse): void {
  if (normal !== null && normal <= low) refuse([...path, "normal"], `${show(shown)} is not above low`);
}
