import { backoff } from "../../core/backoff.ts";
import type { EjectOptions } from "../pool-options.ts";

/** Share of a back-off that chance takes off, so that many podmates do not probe one server at one time. */
export const backoffJitter = 0.2;

/** One server as the management interface shows it. Times in ms, relative to the moment of asking. */
export interface ServerState {
  readonly pool: string;
  readonly server: string;
  /** `ejected` and `probing` are both out of service; in the latter a readmission probe is on its way. */
  readonly state: "ready" | "ejected" | "probing";
  /** Why it was ejected or the last failure seen while in service; null while nothing is wrong. */
  readonly reason: string | null;
  /** How long it has been in or out of service. */
  readonly age: number;
  /** Until the next probe (0: due now); null where none is planned or one is on its way. */
  readonly nextProbe: number | null;
  /** Ejections in a row without a stable time in service between them, plus failed readmission probes. */
  readonly failures: number;
  readonly counts: Readonly<HealthCounts>;
}

/** Totals since the server is known. */
export interface HealthCounts {
  ejections: number;
  readmissions: number;
  /** Ejections refused because of the cap. */
  refusals: number;
  probes: number;
  probeFailures: number;
}

/**
 * How many of `members` servers may be out of service at once: `percent` of them rounded down, though one where that
 * gives none (unless `percent` is 0, which forbids ejection) and never all.
 */
export function ejectionCap(members: number, percent: number): number {
  if (percent <= 0 || members < 2) return 0;
  return Math.min(members - 1, Math.max(1, Math.floor((members * percent) / 100)));
}

/** What is known of one server: its state and the transitions between states; whether they are due is decided elsewhere. */
export class ServerHealth {
  readonly id: string;
  readonly address: string;
  readonly counts: HealthCounts = {
    ejections: 0,
    readmissions: 0,
    refusals: 0,
    probes: 0,
    probeFailures: 0,
  };
  draining: boolean;
  /** Out of service. */
  out = false;
  /** Since when it is in or out of service. */
  since: number;
  /** When the next probe is due; Infinity: never. */
  due = Number.POSITIVE_INFINITY;
  #reason: string | null = null;
  /** Steps of the back-off: grows with each ejection and each failed readmission probe. */
  #failures = 0;
  /** Active probes that failed in a row while in service. */
  #failedChecks = 0;
  #refusedAt = Number.NEGATIVE_INFINITY;
  #token = 0;

  constructor(id: string, address: string, draining: boolean, time: number) {
    this.id = id;
    this.address = address;
    this.draining = draining;
    this.since = time;
  }

  get probing(): boolean {
    return this.#token !== 0;
  }

  /** Whether a probe is planned or on its way. */
  get scheduled(): boolean {
    return this.probing || this.due !== Number.POSITIVE_INFINITY;
  }

  startProbe(token: number): void {
    this.#token = token;
    this.counts.probes++;
  }

  /** Ends the probe of that token; false if it is not the one that is waited for. */
  takeProbe(token: number): boolean {
    if (this.#token === 0 || this.#token !== token) return false;
    this.#token = 0;
    return true;
  }

  /**
   * Takes it out of service and returns the back-off. A server that was in service for less than `max_backoff` goes on
   * where its last back-off ended, so one that comes and goes is left alone ever longer.
   */
  eject(reason: string, time: number, options: EjectOptions, random: () => number): number {
    if (time - this.since >= options.max_backoff) this.#failures = 0;
    this.out = true;
    this.since = time;
    this.counts.ejections++;
    // The verdict on a server in service is no ground for readmission.
    this.#token = 0;
    this.#failedChecks = 0;
    this.#refusedAt = Number.NEGATIVE_INFINITY;
    return this.#backOff(reason, time, options, random);
  }

  failProbe(reason: string, time: number, options: EjectOptions, random: () => number): void {
    this.#backOff(reason, time, options, random);
  }

  readmit(time: number): void {
    this.out = false;
    this.since = time;
    this.counts.readmissions++;
    this.#reason = null;
    this.#token = 0;
  }

  /** Notes that the cap forbade its ejection; true if that is news, and not the same trouble going on. */
  refuse(reason: string, time: number, options: EjectOptions): boolean {
    const news = time - this.#refusedAt >= options.max_backoff;
    this.#refusedAt = time;
    this.#reason = reason;
    this.counts.refusals++;
    return news;
  }

  recovered(): void {
    this.#reason = null;
  }

  passCheck(): void {
    this.#failedChecks = 0;
    this.#reason = null;
  }

  /** Notes a failed active probe; returns how many have failed in a row. */
  failCheck(reason: string): number {
    this.#reason = reason;
    return ++this.#failedChecks;
  }

  state(pool: string, time: number): ServerState {
    const planned = !this.probing && this.due !== Number.POSITIVE_INFINITY;
    return {
      pool,
      server: this.id,
      state: !this.out ? "ready" : this.probing ? "probing" : "ejected",
      reason: this.#reason,
      age: time - this.since,
      nextProbe: planned ? Math.max(0, this.due - time) : null,
      failures: this.#failures,
      counts: { ...this.counts },
    };
  }

  #backOff(reason: string, time: number, options: EjectOptions, random: () => number): number {
    this.#reason = reason;
    const delay = backoff(this.#failures++, options.backoff, options.max_backoff, backoffJitter, random);
    this.due = time + delay;
    return delay;
  }
}
