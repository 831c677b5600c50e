/** Severities from the most talkative to the gravest. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * How everything below `app.ts` logs. `fields` are for machines, the message is a constant text for people: what
 * varies belongs in the fields. An error goes into `err`.
 */
export type LogFunction = (
  level: LogLevel,
  fields: Readonly<Record<string, unknown>>,
  message: string,
) => void;
