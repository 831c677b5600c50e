import { Problem } from "../admin/problem.ts";
import type { LifecycleApi, LifecycleVerb, LifecycleView, Turned } from "../admin/routes/lifecycle.ts";
import { formatDuration, parseDuration } from "../config/units.ts";
import { hideInText, hideInTexts } from "../core/secret-text.ts";
import type { DaemonLife } from "../lifecycle/daemon-life.ts";
import type { HookRecord, HookRun } from "../lifecycle/hooks.ts";
import type { AnswerParts } from "./admin-answers.ts";
import { overloadView } from "./overload-answers.ts";

/** Where the daemon stands in its life, and what turns it. */
export function lifecycleAnswers({ life, overload }: Pick<AnswerParts, "life" | "overload">): LifecycleApi {
  return {
    view: () => ({ ...view(life), overload: overloadView(overload) }),
    turn: (verb, reason, deadline) => turns[verb](life, reason, lasting(life, verb, deadline)),
  };
}

type Turn = (life: DaemonLife, reason: string, lasts: number | undefined) => Turned;

/** To ask for what is so already is no error. */
const turns: Readonly<Record<LifecycleVerb, Turn>> = {
  pause(life, reason, lasts) {
    if (life.pause(reason, lasts)) return "changed";
    return life.lifecycle.state === "paused" ? "unchanged" : "refused";
  },
  resume(life, reason) {
    if (life.resume(reason)) return "changed";
    return life.lifecycle.state === "ready" ? "unchanged" : "refused";
  },
  drain(life, reason, lasts) {
    if (life.ending.drain(reason, lasts)) return "changed";
    return life.lifecycle.state === "draining" ? "unchanged" : "refused";
  },
  stop({ ending }, reason, lasts) {
    if (ending.isStopping) {
      ending.drain(reason, lasts);
      return "unchanged";
    }
    ending.stop(reason, lasts);
    return "changed";
  },
};

const longestDrain = 3_600_000;

function lasting(life: DaemonLife, verb: LifecycleVerb, deadline: string | undefined): number | undefined {
  if (deadline === undefined) return undefined;
  if (verb === "resume") throw new Problem(400, "Bad request", "deadline: resume takes none");
  const reading = parseDuration(deadline);
  if ("reason" in reading) throw new Problem(400, "Bad request", `deadline=${deadline}: ${reading.reason}`);
  const { pause_limit } = life.settings();
  const [most, name] = verb === "pause" ? [pause_limit, "lifecycle.pause_limit"] : [longestDrain, "the most"];
  if (reading.value <= most) return reading.value;
  const detail = `deadline=${deadline}: it is longer than ${name} (${formatDuration(most)})`;
  throw new Problem(400, "Bad request", detail);
}

function view({ lifecycle, ending, hooks, settings }: DaemonLife): Omit<LifecycleView, "overload"> {
  const last = lifecycle.changes.at(-1);
  return {
    state: lifecycle.state,
    since_unix_ms: last?.at ?? null,
    reason: last?.reason ?? "",
    deadline_unix_ms: lifecycle.deadline,
    mode: settings().mode,
    drained: ending.isDrained,
    stopping: ending.isStopping,
    changes: lifecycle.changes.map(({ from, to, reason, at, deadline }) => ({
      from,
      to,
      reason,
      at_unix_ms: at,
      deadline_unix_ms: deadline ?? null,
    })),
    hooks: hooks.records().map(hookView),
  };
}

function hookView({ hook, runs, failures, last }: HookRecord): LifecycleView["hooks"][number] {
  const { name, on, timeout, call } = hook;
  return {
    name,
    on: [...on],
    call: call.kind === "http" ? hideInText(call.url) : commandText([call.command, ...call.args]),
    timeout_ms: timeout,
    runs,
    failures,
    last: last && runView(last),
  };
}

function commandText(words: readonly string[]): string {
  return (hideInTexts(words) as string[]).join(" ");
}

function runView({ news, result, error, at, duration }: HookRun) {
  return {
    event: news.event,
    result,
    ...(error !== undefined && { error }),
    at_unix_ms: Math.round(at),
    duration_ms: Math.round(duration),
  };
}
