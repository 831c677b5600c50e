import type { FastifyInstance } from "fastify";
import { type Answer, count, decimal, flag, list, nullable, object, oneOf, text } from "../answer-terms.ts";
import { verdictLevels } from "../verdict.ts";

const [, ...troubles] = verdictLevels;

const verdict = object(
  {
    level: oneOf(verdictLevels, "ok: all is well. degraded: worth a look. failing: users notice."),
    reasons: list(
      object({
        level: oneOf(troubles, "How grave it is."),
        text: text("A sentence for people."),
        pool: nullable(text("The pool that it is about; null: the daemon.")),
      }),
      "The gravest first; empty where all is well.",
    ),
  },
  "How the daemon is; failures are those of the last 10 s.",
);

const overviewView = object({
  verdict,
  version: text("podmate's."),
  started_unix_ms: count("When the process started, in ms since the Unix epoch."),
  now_unix_ms: count("The daemon's clock, in ms since the Unix epoch."),
  workers: object({ up: count("Worker threads that run."), of: count("How many there should be.") }),
  cpu: nullable(
    decimal("CPUs at work in the last seconds: 1 is one of them all the time; null: not known yet."),
  ),
  resident_memory_bytes: count("Resident memory of the process."),
  memory_limit_bytes: nullable(count("The cgroup's limit; null where there is none, or it is not known.")),
  config: object({
    version: count("Version in force."),
    origin: text("Where it came from."),
    since_unix_ms: count("When it came into force, in ms since the Unix epoch."),
    last_reload: nullable(
      object(
        {
          ok: flag("Whether it came into force."),
          trigger: text("What asked for it."),
          at_unix_ms: count("When it ended, in ms since the Unix epoch."),
          errors: list(text("A line."), "Why it was refused; empty if it was not."),
        },
        "null: there was none.",
      ),
    ),
  }),
});

/** The daemon at a glance as `/overview` shows it. */
export type OverviewView = Answer<typeof overviewView>;

/** What is asked to see how the daemon is. */
export interface OverviewApi {
  view(): OverviewView;
}

/** `/overview` */
export function addOverview(server: FastifyInstance, api: OverviewApi): void {
  server.get(
    "/overview",
    { schema: { summary: "How the daemon is, at a glance", response: { 200: overviewView } } },
    () => api.view(),
  );
}
