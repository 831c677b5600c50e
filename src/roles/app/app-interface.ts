import type { Clock } from "../../core/clock.ts";
import type { ComponentHealth } from "../../core/component-health.ts";
import type { LogFunction } from "../../observe/log-level.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { ShownConfig } from "./app-config.ts";
import { AppHealth, type AppState } from "./app-health.ts";
import { AppCounts } from "./app-metrics.ts";
import type {
  AppHealthOptions,
  AppMetricsOptions,
  AppOptions,
  Registration,
  TextSource,
} from "./app-options.ts";
import type { AppReport } from "./app-report.ts";
import { AppScraper, type ReadAppMetrics, type Scrape } from "./app-scraper.ts";
import { type CheckApp, HealthChecks } from "./health-checks.ts";
import { Lease } from "./lease.ts";
import type { AppFamily } from "./metrics-text.ts";

/** What talks to the app; handed in, as it is loaded only where there is an app to talk to. */
export interface AppTalk {
  readonly check: CheckApp;
  readonly readMetrics: ReadAppMetrics;
  readonly readConfig: (source: TextSource, signal: AbortSignal) => Promise<ShownConfig>;
}

export interface AppInterfaceParts {
  readonly clock: Clock;
  readonly metrics: MetricRegistry;
  readonly log: LogFunction;
  readonly talk: AppTalk;
}

/** Longest time that the app's configuration is waited for, in ms. */
const configTimeout = 5_000;

const unconfigured: AppOptions = { health: null, metrics: null, config: null, ready: "ignored" };

/**
 * The interface that podmate lends to the app beside it: the app registers what it has, or the configuration says what
 * is known of it, and podmate shows it as a part of its own. What the app registers goes before what is configured.
 */
export class AppInterface<Hook> {
  readonly #parts: AppInterfaceParts;
  readonly #counts: AppCounts;
  readonly #health = new AppHealth();
  readonly #registration: Lease<Registration<Hook>>;
  readonly #said: Lease<AppReport>;
  #options = unconfigured;
  #checks: HealthChecks | null = null;
  #scraper: AppScraper | null = null;
  #last: AppState["status"] = "unknown";

  constructor(parts: AppInterfaceParts) {
    this.#parts = parts;
    this.#counts = new AppCounts(parts.metrics);
    this.#registration = new Lease(parts.clock, () => this.#expired());
    this.#said = new Lease(parts.clock, () => this.#say(null));
  }

  /** What the configuration says, from now on. */
  apply(options: AppOptions): void {
    this.#options = options;
    this.#update();
  }

  /** The app says what it has, in place of what it has said before. */
  register(registration: Registration<Hook>): void {
    const isNew = this.registration === null;
    this.#registration.hold(registration, registration.ttl);
    this.#counts.registered(true);
    if (isNew) this.#parts.log("info", { ttl_ms: registration.ttl }, "the app has registered");
    this.#update();
  }

  /** The app takes all back that it has said. Whether there was anything. */
  unregister(): boolean {
    const hadSaid = this.#said.release();
    const had = this.#registration.release();
    if (!had && !hadSaid) return false;
    this.#parts.log("info", {}, "the app has taken its registration back");
    this.#forget();
    return true;
  }

  /** The app says how it is, for `ttl` ms; null: until it says otherwise. */
  report(report: AppReport, ttl: number | null): void {
    this.#said.hold(report, ttl);
    this.#say(report);
  }

  /** Whether anything is known of an app. */
  get isKnown(): boolean {
    const { health, metrics, config, ready } = this.#options;
    const isConfigured = health !== null || metrics !== null || config !== null || ready === "required";
    return isConfigured || this.registration !== null || this.#said.value !== null;
  }

  get registration(): Registration<Hook> | null {
    return this.#registration.value;
  }

  /** Unix time in ms at which the registration ends by itself, and what the app has said of its health. */
  get ends(): { readonly registration: number | null; readonly report: number | null } {
    return { registration: this.#registration.until, report: this.#said.until };
  }

  get state(): AppState {
    return this.#health.state(this.#checks !== null);
  }

  /** Who has said how the app is: the last checks, and the app itself. */
  get sources(): AppHealth["sources"] {
    return this.#health.sources;
  }

  get readiness(): AppOptions["ready"] {
    return this.#options.ready;
  }

  /** What is in force: registered, or else configured. */
  get inForce(): {
    readonly health: AppHealthOptions | null;
    readonly metrics: AppMetricsOptions | null;
    readonly config: TextSource | null;
    readonly hooks: readonly Hook[];
  } {
    const said = this.registration;
    return {
      health: said?.health ?? this.#options.health,
      metrics: said?.metrics ?? this.#options.metrics,
      config: said?.config ?? this.#options.config,
      hooks: said?.hooks ?? [],
    };
  }

  /** Reasons for which podmate is not ready; none where the app's state is to be ignored. */
  ready(): string[] {
    const { status, reasons } = this.state;
    if (this.#options.ready === "ignored" || status === "up" || status === "degraded") return [];
    return reasons.map((reason) => (reason.startsWith("the app ") ? reason : `the app is down: ${reason}`));
  }

  health(): ComponentHealth[] {
    if (!this.isKnown) return [];
    const { status, reasons } = this.state;
    const parts: ComponentHealth[] = [];
    const isAsked = this.#checks !== null || this.#said.value !== null || this.#options.ready === "required";
    if (isAsked) {
      const shown = status === "unknown" ? "degraded" : status;
      parts.push({ role: "app", kind: "health", name: "", status: shown, reasons });
    }
    const scrape = this.lastScrape;
    if (scrape !== null) {
      const isUp = scrape.result === "ok";
      const why = isUp ? [] : [`the app's metrics cannot be served: ${scrape.reason}`];
      parts.push({ role: "app", kind: "metrics", name: "", status: isUp ? "up" : "degraded", reasons: why });
    }
    return parts;
  }

  get lastScrape(): Scrape | null {
    return this.#scraper?.last ?? null;
  }

  /** The app's metrics as they are now, within the timeout; none where they are not to be had. */
  async families(): Promise<readonly AppFamily[]> {
    const scrape = await this.#scraper?.scrape((each) => this.#scraped(each));
    return scrape?.metrics.families ?? [];
  }

  /** The app's configuration, secrets hidden; rejects with why it cannot be shown, and is undefined where there is none. */
  async config(): Promise<ShownConfig | undefined> {
    const { config } = this.inForce;
    if (config === null) return undefined;
    const { clock, talk } = this.#parts;
    const tooLong = new AbortController();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancel = clock.after(configTimeout, () => {
      const error = new Error(`it was not read within ${configTimeout} ms`);
      reject(error);
      tooLong.abort(error);
    });
    try {
      return await Promise.race([late, talk.readConfig(config, tooLong.signal)]);
    } finally {
      cancel();
    }
  }

  /** Its hooks are still told of the end. */
  close(): void {
    this.#registration.stop();
    this.#said.stop();
    this.#checks?.close();
    this.#checks = null;
  }

  #expired(): void {
    this.#parts.log("warn", {}, "the app's registration has run out");
    this.#counts.leaseExpired();
    this.#forget();
  }

  /** What the app has said of itself goes with its registration. */
  #forget(): void {
    this.#counts.registered(false);
    this.#said.release();
    this.#health.say(null);
    this.#update();
  }

  #say(report: AppReport | null): void {
    this.#health.say(report);
    this.#stated();
  }

  /** What goes on as it was is not begun anew: an app renews its lease all the time. */
  #update(): void {
    const { health, metrics } = this.inForce;
    if (!isSame(this.#checks?.options ?? null, health)) {
      this.#checks?.close();
      this.#health.forgetChecks();
      this.#checks = health && this.#startChecks(health);
    }
    if (!isSame(this.#scraper?.options ?? null, metrics)) {
      const { clock, talk } = this.#parts;
      this.#scraper = metrics && new AppScraper(metrics, clock, talk.readMetrics);
    }
    if (this.isKnown || this.#counts.areServed) this.#stated();
  }

  #startChecks(options: AppHealthOptions): HealthChecks {
    const { clock, talk } = this.#parts;
    return new HealthChecks({
      options,
      clock,
      check: talk.check,
      onReport: (report) => {
        this.#counts.checked(report.status);
        this.#health.check(report, options.threshold);
        this.#stated();
      },
    });
  }

  #stated(): void {
    const { status, reasons } = this.state;
    this.#counts.state({ status, reasons });
    if (status === this.#last) return;
    this.#last = status;
    if (status === "up") this.#parts.log("info", { status }, "the app is well");
    else this.#parts.log("warn", { status, reasons }, "the app is not well");
  }

  #scraped(scrape: Scrape): void {
    const { result, reason, metrics } = scrape;
    this.#counts.scraped(scrape);
    if (result !== "ok") this.#parts.log("warn", { result, reason }, "the app's metrics are not served");
    else if (metrics.refused > 0) {
      this.#parts.log("warn", { refused: metrics.refused }, "metrics of the app have names of podmate's");
    }
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
