import type { FastifyInstance } from "fastify";
import { type Answer, count, list, maybe, object, oneOf, text } from "../answer-terms.ts";

const state = oneOf(
  ["starting", "ready", "paused", "draining", "stopped"],
  "Where the daemon stands in its life.",
);

const lifecycleView = object({
  state,
  changes: list(
    object({
      from: state,
      to: state,
      reason: text("What led to it."),
      at: count("In ms since the Unix epoch."),
      deadline: maybe(
        count("When the new state ends on its own, in ms since the Unix epoch; absent where it has no end."),
      ),
    }),
    "The last changes, oldest first.",
  ),
});

/** What is asked about the daemon's life. */
export interface LifecycleApi {
  view(): Answer<typeof lifecycleView>;
}

/** `/lifecycle` */
export function addLifecycle(server: FastifyInstance, api: LifecycleApi): void {
  server.get(
    "/lifecycle",
    { schema: { summary: "The state of the daemon", response: { 200: lifecycleView } } },
    () => api.view(),
  );
}
