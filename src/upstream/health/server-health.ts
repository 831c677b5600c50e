import { backoff } from "../../core/backoff.ts";
import type { EjectOptions, HealthOptions } from "../pool-options.ts";

/** Share of a back-off that chance takes off, so that many podmates do not probe one server at one time. */
export const backoffJitter = 0.2;

/** One server as the management interface shows it. Times in ms, relative to the moment of asking. */
export interface ServerState {
  readonly pool: string;
  readonly server: string;
  /** `ejected` and `probing` are both out of service; in the latter a readmission probe is on its way. */
  readonly state: "ready" | "ejected" | "probing";
  /** Whether it has ever answered, a probe or a request. */
  readonly reached: boolean;
  /** In service though it fails as often in a row as would eject it; `kept`: because the cap forbids its ejection. */
  readonly failing: boolean;
  readonly kept: boolean;
  /** Why it was ejected or the last failure seen while in service; null while nothing is wrong. */
  readonly reason: string | null;
  /** How long it has been in or out of service, or failing. */
  readonly age: number;
  /** Until the next probe (0: due now); null where none is planned or one is on its way. */
  readonly nextProbe: number | null;
  /** Failed readmission probes, and ejections, since it served well last. */
  readonly failures: number;
  readonly counts: Readonly<HealthCounts>;
}

/** Pauses between the probes of a server that does not answer, in ms: the first doubles up to the longest. */
export interface Pauses {
  readonly first: number;
  readonly longest: number;
}

/** Between the probes of a server that has never answered, in a pool that is not probed otherwise. */
export const untilReached: Pauses = { first: 1_000, longest: 30_000 };

/** Where servers are probed at an interval anyway, one that is out need not wait longer than that. */
export function pausesOf(eject: EjectOptions | null, health: HealthOptions | null): Pauses {
  const first = eject?.backoff ?? untilReached.first;
  const longest = eject?.max_backoff ?? untilReached.longest;
  return { first, longest: Math.min(longest, health?.interval ?? Number.POSITIVE_INFINITY) };
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
  /** Whether it has ever answered. */
  reached = false;
  #reason: string | null = null;
  /** Steps of the back-off: grows with each ejection and each failed readmission probe, until it has served well. */
  #failures = 0;
  /** Probes that failed in a row while in service. */
  #failedChecks = 0;
  /** Since when it has been failing in service; null: it is not. */
  #failingSince: number | null = null;
  #kept = false;
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
   * Takes it out of service and returns the pause before its first probe. The pause goes on growing where the last one ended
   * only if the server has answered nothing since it was readmitted: then its probes pass, and its traffic fails.
   */
  eject(reason: string, time: number, pauses: Pauses, random: () => number): number {
    if (time - this.since >= pauses.longest) this.#failures = 0;
    this.out = true;
    this.since = time;
    this.counts.ejections++;
    // The verdict on a server in service is no ground for readmission.
    this.#token = 0;
    this.#failedChecks = 0;
    this.#refusedAt = Number.NEGATIVE_INFINITY;
    this.#stopFailing();
    return this.#backOff(reason, time, pauses, random);
  }

  failProbe(reason: string, time: number, pauses: Pauses, random: () => number): void {
    this.#backOff(reason, time, pauses, random);
  }

  readmit(time: number): void {
    this.out = false;
    this.since = time;
    this.counts.readmissions++;
    this.#reason = null;
    this.#token = 0;
  }

  /** Fails as often in a row as would eject it, and stays in service. */
  fail(reason: string, time: number): void {
    this.#reason = reason;
    this.#failingSince ??= time;
  }

  /** Notes that the cap forbade its ejection; true if that is news, and not the same trouble going on. */
  refuse(reason: string, time: number, pauses: Pauses): boolean {
    const news = time - this.#refusedAt >= pauses.longest;
    this.fail(reason, time);
    this.#refusedAt = time;
    this.#kept = true;
    this.counts.refusals++;
    return news;
  }

  /** It has answered, a request or a probe, while in service. */
  serves(time: number): void {
    // Until now nobody has known whether it is there.
    if (!this.reached) this.since = time;
    this.reached = true;
    this.#failures = 0;
    this.#failedChecks = 0;
    this.#reason = null;
    this.#stopFailing();
  }

  /** Notes a failed probe of a server in service; returns how many have failed in a row. */
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
      reached: this.reached,
      failing: this.#failingSince !== null,
      kept: this.#kept,
      reason: this.#reason,
      age: time - (this.#failingSince ?? this.since),
      nextProbe: planned ? Math.max(0, this.due - time) : null,
      failures: this.#failures,
      counts: { ...this.counts },
    };
  }

  #stopFailing(): void {
    this.#failingSince = null;
    this.#kept = false;
  }

  #backOff(reason: string, time: number, pauses: Pauses, random: () => number): number {
    this.#reason = reason;
    const delay = backoff(this.#failures++, pauses.first, pauses.longest, backoffJitter, random);
    this.due = time + delay;
    return delay;
  }
}
