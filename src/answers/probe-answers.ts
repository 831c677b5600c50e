import type { ProbesApi } from "../admin/admin-api.ts";
import type { MetricsFormat } from "../admin/metrics-format.ts";
import type { ComponentHealth } from "../core/component-health.ts";
import type { Exposition } from "../observe/exposition.ts";
import type { AnswerParts } from "./admin-answers.ts";

/** How the daemon is, and how it counts. */
export function probeAnswers(parts: AnswerParts): ProbesApi {
  const { ambassador, app, lifecycle, processMetrics, logger } = parts;
  const expositions: Partial<Record<MetricsFormat, Exposition>> = {};
  const roles = () => ({ ambassador: ambassador.ready(), ...(app.isKnown && { app: app.ready() }) });
  return {
    live: () => (ambassador.workers.up === 0 && serves(lifecycle) ? ["no worker is alive"] : []),
    ready: () => [
      ...(lifecycle.state === "ready" ? [] : [`the daemon is ${lifecycle.state}`]),
      ...Object.values(roles()).flat(),
    ],
    roles,
    started: () => (lifecycle.state === "starting" ? ["the listeners are not open yet"] : []),
    components: () => [lifecycleHealth(parts), ...ambassador.health(), ...app.health()],
    async metrics(format) {
      // First, for how that ends is counted.
      const families = await app.families();
      ambassador.updateMetrics();
      await processMetrics.update(logger);
      const exposition = expositions[format] ?? (await openExposition(parts, format));
      expositions[format] ??= exposition;
      const own = await exposition.text();
      if (families.length === 0) return { type: exposition.contentType, text: own };
      const { writeMetrics } = await import("../roles/app/write-metrics.ts");
      return { type: exposition.contentType, text: withMore(own, writeMetrics(families, format)) };
    },
  };
}

/** Whether there are workers, unless they have died: at the start and at the end there may be none. */
function serves({ state }: AnswerParts["lifecycle"]): boolean {
  return state === "ready" || state === "paused";
}

/** OpenMetrics ends with a line of its own. */
function withMore(own: string, more: string): string {
  const end = "# EOF\n";
  return own.endsWith(end) ? own.slice(0, -end.length) + more + end : own + more;
}

async function openExposition({ metrics }: AnswerParts, format: MetricsFormat): Promise<Exposition> {
  const { Exposition } = await import("../observe/exposition.ts");
  return new Exposition(metrics, format);
}

/** Whoever drains or is paused on purpose is not broken, but serves nothing new. */
function lifecycleHealth({ lifecycle: { state, changes } }: AnswerParts): ComponentHealth {
  const reason = changes.at(-1)?.reason;
  const why = reason === undefined ? `the daemon is ${state}` : `the daemon is ${state}: ${reason}`;
  return {
    role: "daemon",
    kind: "lifecycle",
    name: "",
    status: state === "ready" ? "up" : state === "stopped" ? "down" : "degraded",
    reasons: state === "ready" ? [] : [why],
  };
}
