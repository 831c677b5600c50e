import type { ComponentStatus } from "../../core/component-health.ts";
import { componentStatuses } from "../../core/component-health.ts";

/** How the app is, by its own word or by a check. */
export interface AppReport {
  readonly status: ComponentStatus;
  /** Why it is not up. */
  readonly reasons: readonly string[];
}

export const wellReport: AppReport = { status: "up", reasons: [] };

export function downReport(reason: string): AppReport {
  return { status: "down", reasons: [reason] };
}

/** Of what the app says, no more reasons are kept than this, and no longer ones, in characters. */
export const mostReasons = 16;
export const longestReason = 200;

/**
 * What an app says that answers a check well: it may say in JSON, as `{"status": "degraded", "reasons": ["…"]}`, that it
 * is less than well; Spring's `UP` and `DOWN` are understood. Anything else means no more than that it answers.
 */
export function reportIn(text: string): AppReport {
  const said = parseObject(text);
  const status = componentStatuses.find((each) => each === String(said?.["status"]).toLowerCase());
  if (said === null || status === undefined || status === "up") return wellReport;
  const given = Array.isArray(said["reasons"]) ? said["reasons"] : [];
  const reasons = boundReasons(given.filter((each): each is string => typeof each === "string"));
  return { status, reasons: reasons.length > 0 ? reasons : [`the app says that it is ${status}`] };
}

/** Reasons as they are shown and logged: few, short, and of one line. */
export function boundReasons(reasons: readonly string[]): string[] {
  return reasons
    .slice(0, mostReasons)
    .map((reason) => reason.slice(0, longestReason).replace(/\p{Cc}/gu, " "))
    .filter((reason) => reason.trim() !== "");
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
