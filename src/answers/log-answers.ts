import { Problem } from "../admin/problem.ts";
import type { LogLevelChange, LogLevelView, LogsApi } from "../admin/routes/logs.ts";
import { parseMoment } from "../config/moment.ts";
import { parseDuration } from "../config/units.ts";
import type { Logger } from "../observe/logger.ts";

/** Longest time for which a level is set, in ms. */
const longestTime = 24 * 3_600_000;

/** The log, and which of its lines are written. `now` is the time since the Unix epoch in ms. */
export function logAnswers(logger: Logger, now: () => number): LogsApi {
  const { levels, recent } = logger;
  const log = logger.child("admin");

  function view(): LogLevelView {
    const { level, set, until } = levels.state();
    return {
      level,
      set,
      until_unix_ms: until,
      configured_level: levels.configured,
      modules: levels.modules.map((module) => {
        const own = levels.state(module);
        return { module, level: own.level, set: own.set, until_unix_ms: own.until };
      }),
    };
  }

  function setLevel({ level, module, for: time }: LogLevelChange): void {
    if (module !== undefined && !levels.modules.includes(module)) {
      const known = levels.modules.join(", ");
      throw new Problem(404, "Not found", `there is no module "${module}"; there are: ${known}`);
    }
    if (level === null) levels.clear(module);
    else levels.set(level, module, time === undefined ? undefined : timeOf(time));
    // `level` is the line's own.
    log("info", { of: module ?? "all", to: level, for: time }, "log level set");
  }

  return { recent, levels: view, setLevel, moment: (name, text) => momentOf(name, text, now()) };
}

function timeOf(text: string): number {
  const time = parseDuration(text);
  if ("reason" in time) throw new Problem(400, "Bad request", `for ${text}: ${time.reason}`);
  if (time.value > 0 && time.value <= longestTime) return time.value;
  throw new Problem(400, "Bad request", `for ${text}: give more than 0 and at most 24h`);
}

function momentOf(name: string, text: string, now: number): number {
  const time = parseMoment(text, now);
  if ("value" in time) return time.value;
  throw new Problem(400, "Bad request", `${name} ${text}: ${time.reason}`);
}
