import { type ComponentStatus, componentStatuses } from "../../core/component-health.ts";
import { appScrape, appState } from "../../observe/metric-labels.ts";
import { APP } from "../../observe/metric-layout.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { AppState } from "./app-health.ts";
import type { Scrape } from "./app-scraper.ts";

/** What podmate counts of the app; nothing is served of it before there is anything to count. */
export class AppCounts {
  readonly #metrics: MetricRegistry;
  #block: Float64Array | null = null;

  constructor(metrics: MetricRegistry) {
    this.#metrics = metrics;
  }

  /** Whether there was anything to count. */
  get areServed(): boolean {
    return this.#block !== null;
  }

  checked(status: ComponentStatus): void {
    this.#open()[APP.checks + (status === "down" ? 1 : 0)]! += 1;
  }

  state({ status }: AppState): void {
    const block = this.#open();
    for (const each of componentStatuses) block[APP.state + appState[each]] = each === status ? 1 : 0;
  }

  scraped({ result, metrics }: Scrape): void {
    const block = this.#open();
    block[APP.scrapes + appScrape[result]]! += 1;
    block[APP.samples] = metrics.samples;
    block[APP.refusedFamilies]! += metrics.refused;
  }

  registered(isRegistered: boolean): void {
    this.#open()[APP.registered] = isRegistered ? 1 : 0;
  }

  leaseExpired(): void {
    this.#open()[APP.expiredLeases]! += 1;
  }

  #open(): Float64Array {
    this.#block ??= this.#metrics.block("app", "");
    return this.#block;
  }
}
