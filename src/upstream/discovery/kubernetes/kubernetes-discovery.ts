import { backoff } from "../../../core/backoff.ts";
import type { Cancel, Clock } from "../../../core/clock.ts";
import { errorReason } from "../../../core/error-reason.ts";
import type { Discovery, DiscoveryState, OnServers } from "../discovery.ts";
import type { Findings } from "../findings.ts";
import type { SliceApi } from "./slice-api.ts";
import { SliceBook, type WatchEvent } from "./slice-book.ts";
import { type PortChoice, serversOf } from "./slice-servers.ts";

/** Pauses before it begins anew, in ms; chance takes off most of them, for many podmates lose an API server at one time. */
export const firstPause = 1_000;
export const longestPause = 30_000;
const jitter = 0.8;
/** A watch that has lasted this long, in ms, was a good one: what comes after it is no repeated failure. */
export const settledAfter = 10_000;
/** One that is over sooner, in ms, without a word, was none. */
export const shortestWatch = 1_000;

export interface KubernetesDiscoveryOptions {
  readonly port: PortChoice;
  readonly api: SliceApi;
  readonly findings: Findings;
  readonly clock: Clock;
  /** Gives a number in [0, 1). */
  readonly random: () => number;
}

/**
 * The endpoints of a Service: all are listed once, then the changes are watched.
 *
 *      list ──▶ watch ──▶ ended: watch again from where it stood
 *       ▲         │ gone (410), failed
 *       └─ pause ◀┘
 *
 * The API server is taken at its word: a Service without endpoints has no servers. While it cannot be asked, what was
 * known stays.
 */
export class KubernetesDiscovery implements Discovery {
  readonly #options: KubernetesDiscoveryOptions;
  readonly #book = new SliceBook();
  readonly #abort = new AbortController();
  #attempt = 0;
  /** The watch has been granted, so that all that happens is heard of. */
  #watching = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: KubernetesDiscoveryOptions) {
    this.#options = options;
  }

  start(onServers: OnServers): void {
    this.#options.findings.open(onServers);
    this.#running = this.#run();
  }

  state(): DiscoveryState {
    return this.#options.findings.state();
  }

  async close(): Promise<void> {
    this.#options.findings.close();
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await this.#follow();
      } catch (error) {
        if (!signal.aborted) this.#options.findings.fail(errorReason(error));
      }
      await this.#pause();
    }
  }

  /** Lists and watches for as long as the one version leads to the next. Rejects where that fails. */
  async #follow(): Promise<void> {
    const { api } = this.#options;
    const { signal } = this.#abort;
    this.#book.replace(await api.list(signal));
    this.#tell();
    while (!signal.aborted) if ((await this.#watch()) === "gone") return;
  }

  async #watch(): Promise<"ended" | "gone"> {
    const { api, clock } = this.#options;
    const began = clock.now();
    let events = 0;
    let gone = false;
    const once = new AbortController();
    const stop = AbortSignal.any([this.#abort.signal, once.signal]);
    const onOpen = (): void => {
      this.#watching = true;
      this.#tell();
    };
    const onEvent = (event: WatchEvent): void => {
      events++;
      const step = this.#book.take(event);
      if (step === "changed") this.#tell();
      if (step !== "gone") return;
      gone = true;
      once.abort();
    };
    try {
      const end = await api.watch(this.#book.version, onOpen, onEvent, stop);
      if (end === "gone") return "gone";
      if (events === 0 && clock.now() - began < shortestWatch) throw new Error("the watch ends at once");
      return "ended";
    } catch (error) {
      if (gone) return "gone";
      throw error;
    } finally {
      this.#watching = false;
      if (clock.now() - began >= settledAfter) this.#attempt = 0;
    }
  }

  #tell(): void {
    const { findings, port } = this.#options;
    try {
      findings.take(serversOf(this.#book.slices, port));
      if (this.#watching) findings.recover();
    } catch (error) {
      // Of the port, which the next event may bring.
      findings.fail(errorReason(error));
    }
  }

  #pause(): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#abort;
    const pause = backoff(this.#attempt++, firstPause, longestPause, jitter, random);
    return new Promise((resolve) => {
      let cancel: Cancel = () => {};
      const done = (): void => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      if (signal.aborted) return resolve();
      cancel = clock.after(pause, done);
      signal.addEventListener("abort", done);
    });
  }
}
