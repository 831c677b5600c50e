import type { OverloadView } from "../admin/overload-view.ts";
import { Problem } from "../admin/problem.ts";
import type { YieldApi } from "../admin/routes/yield.ts";
import { formatDuration, parseDuration } from "../config/units.ts";
import type { SignalState } from "../lifecycle/overload/assessment.ts";
import type { AnswerParts } from "./admin-answers.ts";

/** What is refused for overload, and the order to refuse more. */
export function yieldAnswers({ overload, life }: Pick<AnswerParts, "overload" | "life">): YieldApi {
  return {
    view: () => overloadView(overload),
    yield({ for: duration, priority = "low", reason = "POST /lifecycle/yield" }) {
      const lasts = lasting(duration, life.settings().yield_limit);
      if (lasts > 0) overload.yield(priority, lasts, reason);
      else overload.endYield(reason);
    },
    end: (reason) => overload.endYield(reason),
  };
}

function lasting(duration: string, most: number): number {
  const reading = parseDuration(duration);
  if ("reason" in reading) throw new Problem(400, "Bad request", `for: "${duration}": ${reading.reason}`);
  if (reading.value <= most) return reading.value;
  const limit = formatDuration(most);
  throw new Problem(
    422,
    "Beyond the limit",
    `for: ${duration} is longer than lifecycle.yield_limit (${limit})`,
    {
      most_ms: most,
    },
  );
}

export function overloadView({ state }: AnswerParts["overload"]): OverloadView {
  const { level, reason, since, pressure, signals, memory, yielding } = state;
  return {
    shedding: level,
    reason,
    since_unix_ms: since,
    pressure: rounded(pressure),
    signals: signals.map(signalView),
    memory: memory && { used_bytes: memory.used, limit_bytes: memory.limit },
    yield: yielding && { priority: yielding.level, reason: yielding.reason, until_unix_ms: yielding.until },
  };
}

function signalView({ signal, reading, thresholds, pressure }: SignalState) {
  return {
    signal,
    unit: signal === "event_loop_delay" ? ("ms" as const) : ("percent" as const),
    reading: reading === null ? null : rounded(reading),
    low_from: thresholds?.low ?? null,
    normal_from: thresholds?.normal ?? null,
    pressure: rounded(pressure),
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
