import type { Static } from "typebox";
import {
  duration,
  filePath,
  filePathAllowed,
  listOf,
  optionalText,
  section,
  toggle,
  typed,
  whole,
} from "./schema-terms.ts";

const minute = 60_000;
const percents = { min: 1, max: 100 };

/** A setting that can be switched off, and is on unless that is said; null is off. */
function switchable<T>(
  setting: object,
  description: string,
  preset: T | false,
): ReturnType<typeof typed<T | null>> {
  const off = { type: "boolean", const: false };
  return typed<T | null>({ anyOf: [setting, off], toggle: true, description, default: preset });
}

const normalMeaning = "From here on those of normal priority, too. It is above `low`.";

/** Thresholds in percent. */
function shares(description: string, low: number, normal: number | false) {
  const share = whole(percents, { description: "" });
  const thresholds = section({
    low: whole(percents, { description: "From here on requests of low priority are refused.", default: low }),
    normal: switchable<number>(share, normalMeaning, normal),
  });
  return toggle(thresholds, { description, default: {} });
}

const bounds = { min: 1, max: minute };
const delays = section({
  low: duration(bounds, {
    description: "From here on requests of low priority are refused.",
    default: "200ms",
  }),
  normal: switchable<string | number>(duration(bounds, { description: "" }), normalMeaning, false),
});

const on = section({
  event_loop_delay: toggle(delays, {
    description:
      "How late an event loop comes for two seconds in a row. Too low: every burst refuses requests. Too high: clients time out first.",
    default: {},
  }),
  cpu_pressure: shares(
    "Percent of the last 10 s in which all threads of the cgroup that wanted a CPU waited for one (`full` of `cpu.pressure`), as when its quota is used up.",
    50,
    false,
  ),
  memory_pressure: shares(
    "Percent of the last 10 s in which some thread waited for memory (`some` of `memory.pressure`).",
    20,
    60,
  ),
  memory: shares(
    "Percent of the cgroup's memory limit (the lower one of `memory.max` and `memory.high`; that of v1) that is in use and cannot be reclaimed.",
    90,
    97,
  ),
  memory_warnings: listOf(whole(percents, { description: "A share in percent." }), {
    description:
      "Shares of the memory limit, in percent, at which the hooks of `memory`, the metrics and the log are told.",
    default: [80, 95],
  }),
  calm: duration(
    { min: 1, max: 60 * minute },
    {
      description:
        "A priority is served again when everything has been below 90 % of its threshold for so long. Too low: refusing and serving take turns.",
      default: "5s",
    },
  ),
  cgroup: optionalText(filePath, filePathAllowed, {
    description: "Folder of the cgroup (v2, or memory of v1). podmate's own is found if absent.",
  }),
});

/** The section `overload`. */
export const overload = toggle(on, {
  description:
    "When requests are refused by their `priority`, the lowest first, for reasons that are not among the limits. What has a high priority is never refused for these.",
  default: {},
});

export type OverloadForm = Static<typeof on>;
