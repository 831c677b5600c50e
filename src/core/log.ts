/** Where a part of the program says what an operator should know: fields to filter by, and a message in words. */
export type Log = (
  level: "debug" | "info" | "warn" | "error",
  fields: Record<string, unknown>,
  message: string,
) => void;
