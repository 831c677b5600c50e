import { type LogLevel, logLevels } from "../../observe/log-level.ts";
import { Problem } from "../problem.ts";
import type { LogLevelView } from "../routes/logs.ts";

/** Actuator's name for all modules that have no level of their own. */
export const rootLogger = "ROOT";

export interface ActuatorLogger {
  /** Set for this logger; null where it follows the root. */
  readonly configuredLevel: string | null;
  readonly effectiveLevel: string;
}

/** The modules of the log as Actuator's loggers, by name. */
export function actuatorLoggers({ level, modules }: LogLevelView): Record<string, ActuatorLogger> {
  const root = { configuredLevel: level.toUpperCase(), effectiveLevel: level.toUpperCase() };
  const others = modules.map(({ module, level, set }) => {
    const effectiveLevel = level.toUpperCase();
    return [module, { configuredLevel: set ? effectiveLevel : null, effectiveLevel }] as const;
  });
  return { [rootLogger]: root, ...Object.fromEntries(others) };
}

/** Gravest first, as Actuator lists them. */
export const actuatorLevels = logLevels.toReversed().map((level) => level.toUpperCase());

/** null takes back what was set; throws a Problem for what is no level. */
export function readLevel(level: string | null | undefined): LogLevel | null {
  if (level === null || level === undefined) return null;
  const found = logLevels.find((known) => known.toUpperCase() === level.toUpperCase());
  if (found !== undefined) return found;
  throw new Problem(
    400,
    "Bad request",
    `there is no level "${level}"; there are: ${actuatorLevels.join(", ")}`,
  );
}
