import type { FastifyInstance } from "fastify";
import { type AccessApi, callerOf } from "../access.ts";
import { flag, object, text } from "../answer-terms.ts";
import { guardChange } from "../guard.ts";
import { Problem } from "../problem.ts";

const accessView = object({
  may_change: flag("Whether this caller may change something."),
  needs_token: flag("Whether the bearer token would do."),
  reason: text("Why not; empty if so."),
});

/** `/access` */
export function addAccess(server: FastifyInstance, api: AccessApi): void {
  server.get(
    "/access",
    { schema: { summary: "What this caller may do", response: { 200: accessView } } },
    async (request) => {
      const settings = api.settings();
      try {
        guardChange(await callerOf(request, settings, api), settings);
        return { may_change: true, needs_token: false, reason: "" };
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return { may_change: false, needs_token: error.status === 401, reason: error.message };
      }
    },
  );
}
