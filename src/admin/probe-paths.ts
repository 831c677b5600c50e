import { flag, list, object, text } from "./answer-terms.ts";
import { healthView } from "./health-view.ts";
import type { ProbePath } from "./probes.ts";
import { problemAnswers } from "./problem-answers.ts";

const reasons = list(text("A reason."), "Why not; empty where it is.");
const ready = flag("Whether the app may send requests.");
const roles = {
  type: "object",
  additionalProperties: object({ ready, reasons }),
  description: "What each role has against it.",
};
const readyView = {
  ...object({ ready, reasons }),
  properties: { ready, reasons, roles },
  required: ["ready", "reasons", "roles"],
};
const openMetrics = "application/openmetrics-text";

/** What `/openapi.json` says of the probes, which are answered without routes. */
export const probePaths: Readonly<Record<ProbePath, object>> = {
  "/live": yesOrNo("Whether the process is worth keeping", object({ live: flag("Whether it is."), reasons })),
  "/ready": yesOrNo("Whether the app may send requests", readyView),
  "/startup": yesOrNo("Whether the start is over", object({ started: flag("Whether it is."), reasons })),
  "/health": yesOrNo("How all parts of the daemon are", healthView),
  "/metrics": {
    get: {
      summary: "The metrics as text",
      tags: ["probes"],
      responses: {
        200: {
          description: "Prometheus text 0.0.4; OpenMetrics 1.0 for who asks for it by Accept.",
          content: {
            "text/plain": { schema: text("Metrics.") },
            [openMetrics]: { schema: text("Metrics.") },
          },
        },
        default: problemAnswers,
      },
    },
  },
};

/** 200 says yes, 503 no, and both why. */
function yesOrNo(summary: string, schema: object): object {
  const content = { "application/json": { schema } };
  return {
    get: {
      summary,
      tags: ["probes"],
      responses: {
        200: { description: "Yes.", content },
        503: { description: "No.", content },
        default: problemAnswers,
      },
    },
  };
}
