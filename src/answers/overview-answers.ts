import type { OverviewApi } from "../admin/routes/overview.ts";
import { verdictOf } from "../admin/verdict.ts";
import { systemClock } from "../core/clock.ts";
import { version } from "../core/version.ts";
import { residentMemory } from "../observe/resident-memory.ts";
import { tickEvery } from "../observe/traffic-history.ts";
import type { AnswerParts } from "./admin-answers.ts";
import { probeAnswers } from "./probe-answers.ts";

/** Ticks of the history that a verdict is about: 10 s. */
const recentTicks = 5;

/** How the daemon is, at a glance. */
export function overviewAnswers(parts: AnswerParts): OverviewApi {
  const { ambassador, history, lifecycle, overload, reloader } = parts;
  const { components } = probeAnswers(parts);
  const started = Math.round(performance.timeOrigin);

  function traffic() {
    const to = history.ticks;
    const from = Math.max(history.oldest, to - recentTicks);
    const seconds = tickEvery / 1000;
    return ambassador.pools().flatMap(({ pool }) => {
      const found = history.pool(pool);
      if (found === undefined) return [];
      const [requests, failed] = [found.requests.sum(from, to), found.failed.sum(from, to)];
      return [{ pool, requests: requests * seconds, failed: Math.round(failed * seconds) }];
    });
  }

  return {
    view() {
      const { current, last } = reloader;
      const { level, reason, memory } = overload.state;
      const cpu = history.cpu.slice(Math.max(0, history.ticks - 1), history.ticks)[0] ?? null;
      const verdict = verdictOf({
        lifecycle: { state: lifecycle.state, reason: lifecycle.changes.at(-1)?.reason ?? "" },
        components: components(),
        traffic: traffic(),
        lastReload: last,
        overload: { level, reason },
        memory,
      });
      return {
        verdict: { level: verdict.level, reasons: [...verdict.reasons] },
        version,
        started_unix_ms: started,
        now_unix_ms: systemClock.wall(),
        workers: { up: ambassador.workers.up, of: ambassador.workers.of },
        cpu,
        resident_memory_bytes: residentMemory(),
        memory_limit_bytes: memory?.limit ?? null,
        config: {
          version: current.version,
          origin: current.origin,
          since_unix_ms: Math.round(current.at),
          last_reload: last && {
            ok: last.ok,
            trigger: last.trigger,
            at_unix_ms: Math.round(last.at),
            errors: [...last.errors],
          },
        },
      };
    },
  };
}
