import { Problem } from "../admin/problem.ts";
import type { AppApi, AppView } from "../admin/routes/app.ts";
import { formatAddress } from "../core/address.ts";
import { errorReason } from "../core/error-reason.ts";
import { hideInText, hideInTexts } from "../core/secret-text.ts";
import type { HookOptions } from "../lifecycle/hook-options.ts";
import type { AppInterface } from "../roles/app/app-interface.ts";
import type { HealthCheck, TextSource } from "../roles/app/app-options.ts";
import type { Scrape } from "../roles/app/app-scraper.ts";
import type { AnswerParts } from "./admin-answers.ts";

/** What the app has said of itself, and what is shown of it. */
export function appAnswers({ app }: Pick<AnswerParts, "app">): AppApi {
  return {
    view: () => view(app),
    health: () => healthView(app),
    async register(given) {
      const { readRegistration } = await import("../config/app-registration.ts");
      const reading = readRegistration(JSON.stringify(given));
      if (!reading.ok) throw new Problem(422, "Not possible", reading.errors.join("; "));
      app.register(reading.registration);
    },
    unregister: () => app.unregister(),
    async report({ status, reasons = [], ttl }) {
      const { boundReasons } = await import("../roles/app/app-report.ts");
      const lasts = ttl === undefined ? null : await lasting(ttl);
      const bounded = status === "up" ? [] : boundReasons(reasons);
      const why = status !== "up" && bounded.length === 0 ? [`the app says that it is ${status}`] : bounded;
      app.report({ status, reasons: why }, lasts);
    },
    async metrics() {
      const { writeMetrics } = await import("../roles/app/write-metrics.ts");
      const text = writeMetrics(await app.families(), "prometheus");
      return { type: "text/plain; version=0.0.4; charset=utf-8", text };
    },
    async config() {
      try {
        const shown = await app.config();
        return shown && { ...shown };
      } catch (error) {
        const detail = `the app's configuration cannot be shown: ${errorReason(error)}`;
        throw new Problem(502, "Bad gateway", detail);
      }
    },
  };
}

const shortestReport = 1_000;
const longestReport = 24 * 3_600_000;

async function lasting(ttl: string): Promise<number> {
  const { parseDuration } = await import("../config/units.ts");
  const reading = parseDuration(ttl);
  if ("reason" in reading) throw new Problem(400, "Bad request", `ttl=${ttl}: ${reading.reason}`);
  if (reading.value >= shortestReport && reading.value <= longestReport) return reading.value;
  throw new Problem(400, "Bad request", `ttl=${ttl}: it is not within 1s..24h`);
}

type App = AppInterface<HookOptions>;

function healthView({ state, sources }: App) {
  const copy = (report: App["sources"]["said"]) => report && { ...report, reasons: [...report.reasons] };
  return {
    status: state.status,
    reasons: [...state.reasons],
    checked: copy(sources.checked),
    said: copy(sources.said),
  };
}

function view(app: App): AppView {
  const { inForce, ends, lastScrape } = app;
  return {
    registered: app.registration !== null,
    registration_until_unix_ms: rounded(ends.registration),
    report_until_unix_ms: rounded(ends.report),
    readiness: app.readiness,
    health: { ...healthView(app), check: inForce.health && checkText(inForce.health.check) },
    metrics: {
      source: inForce.metrics && sourceText(inForce.metrics.source),
      last_scrape: lastScrape && scrapeView(lastScrape),
    },
    config: { source: inForce.config && sourceText(inForce.config) },
    hooks: inForce.hooks.map(({ name }) => name),
  };
}

function scrapeView({ result, reason, metrics, duration, at }: Scrape) {
  return {
    result,
    reason,
    samples: metrics.samples,
    refused_families: metrics.refused,
    duration_ms: Math.round(duration),
    at_unix_ms: Math.round(at),
  };
}

function checkText(check: HealthCheck): string {
  if (check.kind === "exec") return (hideInTexts([check.command, ...check.args]) as string[]).join(" ");
  return check.kind === "tcp" ? `tcp ${formatAddress(check.address)}` : sourceText(check);
}

function sourceText(source: TextSource): string {
  return source.kind === "http" ? hideInText(source.url) : source.path;
}

function rounded(time: number | null): number | null {
  return time === null ? null : Math.round(time);
}
