import type { ProbesApi } from "../admin/admin-api.ts";
import type { Exposition } from "../observe/exposition.ts";
import type { AnswerParts } from "./admin-answers.ts";

/** How the daemon is, and how it counts. */
export function probeAnswers(parts: AnswerParts): ProbesApi {
  const { ambassador, lifecycle, metrics, processMetrics, logger } = parts;
  let exposition: Exposition | undefined;
  return {
    live: () => (ambassador.workers.up === 0 && lifecycle.state === "ready" ? ["no worker is alive"] : []),
    ready: () => [
      ...(lifecycle.state === "ready" ? [] : [`the daemon is ${lifecycle.state}`]),
      ...ambassador.ready(),
    ],
    started: () => (lifecycle.state === "starting" ? ["the listeners are not open yet"] : []),
    async metrics() {
      ambassador.updateMetrics();
      processMetrics.update(logger.suppressed);
      exposition ??= new (await import("../observe/exposition.ts")).Exposition(metrics);
      return { type: exposition.contentType, text: await exposition.text() };
    },
  };
}
