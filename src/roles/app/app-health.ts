import { type ComponentStatus, componentStatuses } from "../../core/component-health.ts";
import { type AppReport, wellReport } from "./app-report.ts";

/** How the app is; `unknown` until somebody has said it. */
export interface AppState {
  readonly status: ComponentStatus | "unknown";
  readonly reasons: readonly string[];
}

/**
 * Decides how the app is from the checks and from what it says of itself, of which the worse counts: an app that says it
 * is well and does not answer is not, and neither is one that answers and says it is not.
 */
export class AppHealth {
  #checked: AppReport | null = null;
  #failures = 0;
  #said: AppReport | null = null;

  /** A check has ended. One that fails counts only as the last of `threshold` in a row; one that passes counts at once. */
  check(report: AppReport, threshold: number): void {
    this.#failures = report.status === "down" ? this.#failures + 1 : 0;
    if (this.#failures === 0 || this.#failures >= threshold) this.#checked = report;
  }

  /** Nobody checks any more, or somebody else. */
  forgetChecks(): void {
    this.#checked = null;
    this.#failures = 0;
  }

  /** What the app says of itself; null: nothing any more. */
  say(report: AppReport | null): void {
    this.#said = report;
  }

  /** What the last checks came to, and what the app has said; null where there is nothing. */
  get sources(): { readonly checked: AppReport | null; readonly said: AppReport | null } {
    return { checked: this.#checked, said: this.#said };
  }

  /** Where checks are made, what the app says does not stand for the first of them. */
  state(isChecked: boolean): AppState {
    const said = this.#said;
    if (said === null && !isChecked) return unknown("the app has not said how it is");
    if (isChecked && this.#checked === null) {
      return said === null || said.status === "up" ? unknown("the app has not passed a check yet") : said;
    }
    return worse(this.#checked ?? wellReport, said ?? wellReport);
  }
}

function unknown(reason: string): AppState {
  return { status: "unknown", reasons: [reason] };
}

function worse(a: AppReport, b: AppReport): AppReport {
  const rank = ({ status }: AppReport): number => componentStatuses.indexOf(status);
  const status = rank(a) > rank(b) ? a.status : b.status;
  return { status, reasons: [...new Set([...a.reasons, ...b.reasons])] };
}
