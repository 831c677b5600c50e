import type { ReplicateOptions } from "../lifecycle/replicate/replicate-options.ts";
import type { Path } from "./config-error.ts";
import type { Refuse } from "./refuse.ts";
import type { ReplicateForm } from "./replicate-schema.ts";
import { formatDuration, toMilliseconds } from "./units.ts";
import type { WellFormed } from "./well-formed.ts";

/** A valid, filled-in form in the way the daemon runs on it. */
export function normalizeReplicate(form: ReplicateForm | null): ReplicateOptions | null {
  if (form === null) return null;
  const [command = "", ...args] = form.command ?? [];
  return {
    by: form.kubernetes ? { kind: "kubernetes" } : { kind: "command", command, args },
    min: form.min,
    max: form.max,
    cool_down: toMilliseconds(form.cool_down),
    timeout: toMilliseconds(form.timeout),
  };
}

/** The way back of `normalizeReplicate`. */
export function replicateForm(options: ReplicateOptions | null): ReplicateForm | null {
  if (options === null) return null;
  const { by, min, max, cool_down, timeout } = options;
  return {
    kubernetes: by.kind === "kubernetes",
    command: by.kind === "command" ? [by.command, ...by.args] : null,
    min,
    max,
    cool_down: formatDuration(cool_down),
    timeout: formatDuration(timeout),
  };
}

/** What the schema cannot say: there is one way to scale, and room between the bounds. */
export function checkReplicate(form: WellFormed<ReplicateForm>, path: Path, refuse: Refuse): void {
  const { kubernetes, command, min, max } = form;
  if (kubernetes === false && command === null) refuse(path, "nothing can scale; give kubernetes or command");
  if (kubernetes === true && command) refuse(path, "kubernetes and command are given; give one of them");
  if (command?.[0] === "") refuse([...path, "command"], "the command is empty");
  if (min !== undefined && max !== undefined && max < min)
    refuse([...path, "max"], `${max} is less than min (${min})`);
}
