import type { FastifyInstance } from "fastify";
import { type Answer, flag, maybe, object, oneOf, text } from "../answer-terms.ts";
import { type OverloadView, overloadSchema, yieldLevels } from "../overload-view.ts";

const order = object({
  for: text("How long, such as `30s`, up to `lifecycle.yield_limit`; 0 ends it.", {
    minLength: 1,
    maxLength: 20,
  }),
  priority: maybe(oneOf(yieldLevels, "The highest priority that is refused; by default `low`.")),
  reason: maybe(
    text("Why, for the log.", { minLength: 1, maxLength: 200, pattern: "^[^\\x00-\\x1f\\x7f]*$" }),
  ),
});
const ended = object({ changed: flag("False: nobody had asked for it."), overload: overloadSchema });

export type YieldOrder = Answer<typeof order>;

/** Where a manager asks for requests to be refused. */
export interface YieldApi {
  view(): OverloadView;
  /** Throws a Problem where `for` is no time, or too long. */
  yield(order: YieldOrder): void;
  /** False: nobody had asked for it. */
  end(reason: string): boolean;
}

/** `/lifecycle/yield` */
export function addYield(server: FastifyInstance, api: YieldApi): void {
  server.post<{ Body: YieldOrder }>(
    "/lifecycle/yield",
    {
      schema: {
        summary: "Have requests refused by their priority, for a time",
        description:
          "What has at most this priority is answered 503 with `podmate-error: yielded`, or `SERVER_ERROR yielded`; another such order takes the place of this one.",
        body: order,
        response: { 200: overloadSchema },
      },
    },
    ({ body }) => {
      api.yield(body);
      return api.view();
    },
  );
  server.delete(
    "/lifecycle/yield",
    {
      schema: {
        summary: "Serve all priorities again",
        description: "As far as podmate is not overloaded.",
        response: { 200: ended },
      },
    },
    () => ({ changed: api.end("DELETE /lifecycle/yield"), overload: api.view() }),
  );
}
