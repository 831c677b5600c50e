import { type Answer, count, decimal, list, nullable, object, oneOf, text } from "./answer-terms.ts";

/** Up to which priority requests are refused. */
export const yieldLevels = ["low", "normal"] as const;
const levels = ["none", ...yieldLevels] as const;

const signal = object({
  signal: oneOf(
    ["event_loop_delay", "cpu_pressure", "memory_pressure", "memory"],
    "What is looked at, as in the section `overload` of the configuration.",
  ),
  unit: oneOf(["ms", "percent"], "Of the reading and the thresholds."),
  reading: nullable(decimal("null: it is not to be had.")),
  low_from: nullable(decimal("From here on low priority is refused; null: it decides nothing.")),
  normal_from: nullable(decimal("From here on normal priority is refused, too; null: never.")),
  pressure: decimal("The reading as a share: 0.75 is the threshold of low, 0.9 that of normal."),
});

const yielding = object(
  {
    priority: oneOf(yieldLevels, "The highest priority that is refused."),
    reason: text("Why, as it was given."),
    until_unix_ms: count("When it ends on its own, in ms since the Unix epoch."),
  },
  "That a manager has asked for it; null: nobody has.",
);

const memory = object(
  {
    used_bytes: count("In use, and not to be reclaimed."),
    limit_bytes: count("The cgroup's limit."),
  },
  "null: there is no limit, or it is not known.",
);

/** What is refused for overload, and why. */
export const overloadSchema = object(
  {
    shedding: oneOf(levels, "The highest priority that is refused; `none`: only the limits decide."),
    reason: text("What led to it; empty before the first change."),
    since_unix_ms: nullable(count("Since when, in ms since the Unix epoch; null before the first change.")),
    pressure: decimal("What the worst signal says, from 0 to 0.9; 0 where `overload` is off."),
    signals: list(signal, "What is looked at each second; empty where `overload` is off."),
    memory: nullable(memory),
    yield: nullable(yielding),
  },
  "What is refused by its priority, for reasons that are not among the limits.",
);

export type OverloadView = Answer<typeof overloadSchema>;
