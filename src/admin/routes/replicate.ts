import type { FastifyInstance } from "fastify";
import { type Answer, count, flag, json, maybe, nullable, object, oneOf, text } from "../answer-terms.ts";
import { Problem } from "../problem.ts";

const replicasCount = (description: string) => nullable(count(`${description}; null: not known.`));

const run = object(
  {
    asked: text("What was asked for: `5`, `+2`."),
    reason: text("Why, as it was given."),
    dry_run: flag("Whether it was only tried."),
    result: oneOf(
      ["scaled", "unchanged", "dry_run", "refused", "cool_down", "failed"],
      "What came of it; `unchanged`: there were as many already.",
    ),
    replicas_before: replicasCount("Replicas that there should have been before"),
    replicas_wanted: replicasCount("Replicas that there should be since then"),
    error: maybe(text("Why it was no success; absent if it was one.")),
    at_unix_ms: count("In ms since the Unix epoch."),
  },
  "The last request; null: there was none.",
);

const target = object(
  {
    api_version: text("Such as `apps/v1`."),
    kind: text("Such as `Deployment`."),
    namespace: text("Of the pod."),
    name: text("Of the owner."),
  },
  "Whom replicas are of; null: not known.",
);

const view = object({
  configured: flag("Whether there is a way to scale."),
  by: nullable(oneOf(["kubernetes", "command"], "Which one; null: none.")),
  target: nullable(target),
  replicas_wanted: replicasCount("Replicas that there should be"),
  replicas_current: replicasCount("Replicas that there are"),
  replicas_min: replicasCount("Fewest that may be asked for"),
  replicas_max: replicasCount("Most that may be asked for"),
  wait_ms: count("Time until the next change is taken; 0: now."),
  error: nullable(text("Why replicas are not known; null: they are, or cannot be.")),
  last: nullable(run),
});

const order = object({
  replicas: json<number | string>(
    "How many there should be, a whole number; or how many more, as a text such as `+1`.",
  ),
  reason: maybe(
    text("Why, for the log and the command.", {
      minLength: 1,
      maxLength: 200,
      pattern: "^[^\\x00-\\x1f\\x7f]*$",
    }),
  ),
});

export type ReplicateView = Answer<typeof view>;
export type ReplicateRunView = Answer<typeof run>;

/** That many, or so many more. */
export type AskedReplicas = { readonly count: number } | { readonly more: number };

/** Where a pod asks for more of its like. */
export interface ReplicateApi {
  view(): Promise<ReplicateView>;
  /** Throws a Problem that says why nothing has changed. */
  request(replicas: AskedReplicas, reason: string, dryRun: boolean): Promise<ReplicateRunView>;
}

const querystring = object({
  "dry-run": maybe(
    oneOf(["", "true", "false"], "Only tell what would come of it; `?dry-run` alone is enough."),
  ),
});

/** `/replicate` */
export function addReplicate(server: FastifyInstance, api: ReplicateApi): void {
  server.get(
    "/replicate",
    { schema: { summary: "Replicas of this pod: current and wanted", response: { 200: view } } },
    () => api.view(),
  );
  server.post<{ Body: Answer<typeof order>; Querystring: Answer<typeof querystring> }>(
    "/replicate",
    {
      schema: {
        summary: "Scale what this pod belongs to",
        description:
          "422: not within the limits; 429: the last change is too recent; 409: others scale at the same time, or there is nothing that could be scaled; 501: nothing is configured; 502, 504: the API server or the command has failed, or took too long.",
        querystring,
        body: order,
        response: { 200: run },
      },
    },
    ({ body, query }) => {
      const dry = query["dry-run"];
      const dryRun = dry !== undefined && dry !== "false";
      return api.request(readReplicas(body.replicas), body.reason ?? "POST /replicate", dryRun);
    },
  );
}

function readReplicas(asked: unknown): AskedReplicas {
  if (typeof asked === "number" && Number.isSafeInteger(asked) && asked >= 0) return { count: asked };
  const more = typeof asked === "string" ? /^\+([1-9]\d{0,4})$/.exec(asked)?.[1] : undefined;
  if (more !== undefined) return { more: Number(more) };
  const detail = `replicas: ${JSON.stringify(asked)} is neither a whole number nor a text such as "+1"`;
  throw new Problem(400, "Bad request", detail);
}
