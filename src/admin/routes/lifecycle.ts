import type { FastifyInstance } from "fastify";
import { type Answer, count, flag, list, maybe, nullable, object, oneOf, text } from "../answer-terms.ts";
import { overloadSchema } from "../overload-view.ts";
import { Problem } from "../problem.ts";

const state = oneOf(
  ["starting", "ready", "paused", "draining", "stopped"],
  "Where the daemon stands in its life.",
);
const deadline = nullable(
  count("When the state ends on its own, in ms since the Unix epoch; null: it has no end."),
);
const atUnixMs = count("In ms since the Unix epoch.");

const change = object({
  from: state,
  to: state,
  reason: text("What led to it."),
  at_unix_ms: atUnixMs,
  deadline_unix_ms: deadline,
});

const hookRun = object(
  {
    event: text("What it was notified of."),
    result: oneOf(["ok", "failed", "timeout", "cancelled"], "What came of it."),
    error: maybe(text("Why it was no success; absent if it was one.")),
    at_unix_ms: atUnixMs,
    duration_ms: count("How long it took."),
  },
  "What it was told last; null: nothing yet.",
);

const hook = object({
  name: text("Its label in metrics and logs."),
  on: list(text("A state."), "What it is notified of."),
  call: text("The URL, or the command with its arguments."),
  timeout_ms: count("Longest time."),
  runs: count("Times that it was told something."),
  failures: count("Those of them that were no success."),
  last: nullable(hookRun),
});

const view = {
  state,
  since_unix_ms: nullable(count("Since when, in ms since the Unix epoch; null before the first change.")),
  reason: text("What led to it; empty before the first change."),
  deadline_unix_ms: deadline,
  mode: oneOf(["sidecar", "native"], "How it drains."),
  drained: flag("The listeners are closed, and the last client is gone."),
  stopping: flag("It exits when it has drained."),
  changes: list(change, "The last changes, oldest first."),
  hooks: list(hook, "Who is notified of changes, in this order."),
  overload: overloadSchema,
};
const lifecycleView = object(view);
const turned = object({ changed: flag("False: it was so already."), ...view });

/** What the daemon's life is asked to do. */
export type LifecycleVerb = "pause" | "resume" | "drain" | "stop";

/** How it went: `refused` where the state does not allow it. */
export type Turned = "changed" | "unchanged" | "refused";

export type LifecycleView = Answer<typeof lifecycleView>;

/** What is asked about the daemon's life. */
export interface LifecycleApi {
  view(): LifecycleView;
  /** `deadline` is a duration such as `20s`; throws a Problem that says so where it is none, or too long. */
  turn(verb: LifecycleVerb, reason: string, deadline: string | undefined): Turned;
}

const querystring = object({
  reason: maybe(
    text("Why, for the log and the hooks.", {
      minLength: 1,
      maxLength: 200,
      pattern: "^[^\\x00-\\x1f\\x7f]*$",
    }),
  ),
  deadline: maybe(text("How long it may last, such as `20s`. `resume` takes none.", { maxLength: 20 })),
});

const summaries: Readonly<Record<LifecycleVerb, readonly [summary: string, description: string]>> = {
  pause: [
    "Hold new requests",
    "For `deadline` at most, by default and at most `lifecycle.pause_limit`; then it resumes on its own.",
  ],
  resume: ["Let the requests that are held go on", "And all that come from now on."],
  drain: [
    "End its part in the traffic",
    "As at SIGTERM, within `deadline`, by default `lifecycle.drain`; but the daemon stays, unready, until it is stopped.",
  ],
  stop: [
    "Drain, and exit",
    "As at SIGTERM, within `deadline`, by default `lifecycle.drain`. Where a drain is under way, it can be hastened.",
  ],
};

/** `/lifecycle` */
export function addLifecycle(server: FastifyInstance, api: LifecycleApi): void {
  server.get(
    "/lifecycle",
    { schema: { summary: "The state of the daemon", response: { 200: lifecycleView } } },
    () => api.view(),
  );
  for (const [name, [summary, description]] of Object.entries(summaries)) {
    const verb = name as LifecycleVerb;
    server.post<{ Querystring: { reason?: string; deadline?: string } }>(
      `/lifecycle/${verb}`,
      { schema: { summary, description, querystring, response: { 200: turned } } },
      ({ query }) => {
        const result = api.turn(verb, query.reason ?? `POST /lifecycle/${verb}`, query.deadline);
        const now = api.view();
        if (result !== "refused") return { changed: result === "changed", ...now };
        throw new Problem(409, "Not in this state", `the daemon is ${now.state}: it cannot ${verb}`, {
          state: now.state,
        });
      },
    );
  }
}
