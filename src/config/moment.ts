import { parseDuration, type Reading } from "./units.ts";

/**
 * Reads a time (ISO 8601, at least year and month), or how long before `now` it was (`10m`), as ms since the Unix epoch.
 * `now` is in the same unit.
 */
export function parseMoment(text: string, now: number): Reading<number> {
  const ago = parseDuration(text);
  if ("value" in ago) return { value: now - ago.value };
  const time = Date.parse(text);
  if (/^\d{4}-\d\d/.test(text) && !Number.isNaN(time)) return { value: time };
  return { reason: "give a time such as 2026-01-31T12:00:00Z, or 10m for 10 minutes ago" };
}
