import { backoff } from "../../core/backoff.ts";
import type { Cancel, Clock } from "../../core/clock.ts";
import { errorReason } from "../../core/error-reason.ts";
import type { LogFunction } from "../../observe/log-level.ts";
import type { ReplicateOptions } from "./replicate-options.ts";
import { NotScalable, type Scale, ScaleConflict, type Scaler, ScaleUnclear, TryLater } from "./scaler.ts";

/** What is asked for: that many replicas, or so many more than there should be now. */
export type Replicas = { readonly count: number } | { readonly more: number };

export interface ReplicateRequest {
  readonly replicas: Replicas;
  readonly reason: string;
  /** Nothing is changed. */
  readonly dryRun: boolean;
}

/**
 * Why replicas stay as they are. `limit`: more or fewer than allowed; `unknown`: more than a number that nobody knows;
 * `cool_down`: too soon; `conflict`: others scale at the same time; `not_scalable`: there is nothing to scale; `timeout`: what has come
 * of it is not known.
 */
export type RefusalKind =
  | "limit"
  | "unknown"
  | "cool_down"
  | "conflict"
  | "not_scalable"
  | "timeout"
  | "failed";

export class ReplicateRefusal extends Error {
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What came of a request, as metrics count it. */
export type ReplicateResult = "scaled" | "unchanged" | "dry_run" | "refused" | "cool_down" | "failed";

/** A request, and what came of it. */
export interface ReplicateRun extends ReplicateRequest {
  readonly result: ReplicateResult;
  /** Replicas that there should have been before, and since; null: not known. */
  readonly before: number | null;
  readonly after: number | null;
  /** Why it was no success; absent if it was one. */
  readonly error?: string;
  /** Unix time in ms. */
  readonly at: number;
}

export interface ReplicatorParts {
  readonly clock: Clock;
  /** Gives a number in [0, 1). */
  readonly random: () => number;
  readonly log: LogFunction;
  /** Told of what was seen, and of each request. */
  seen(scale: Scale): void;
  ran(run: ReplicateRun): void;
}

/** Pauses between tries, in ms. Chance takes off most of them, for it may be ten pods that scale at the same time. */
export const firstPause = 100;
export const longestPause = 2_000;
const jitter = 0.8;

/** Scales on request: within limits, one request after the other, and after a change not for a while. */
export class Replicator {
  readonly #parts: ReplicatorParts;
  #turn: Promise<unknown> = Promise.resolve();
  #reading: Promise<Scale> | null = null;
  /** Monotonic time in ms of the last change; null before the first. */
  #changedAt: number | null = null;
  #last: ReplicateRun | null = null;
  #wanted: number | null = null;

  constructor(parts: ReplicatorParts) {
    this.#parts = parts;
  }

  /** The last request; null before the first. */
  get last(): ReplicateRun | null {
    return this.#last;
  }

  /** Replicas that were last asked for with success; null before the first. */
  get wanted(): number | null {
    return this.#wanted;
  }

  /** Time until the next change is taken, in ms; 0: now. */
  wait({ cool_down }: Pick<ReplicateOptions, "cool_down">): number {
    if (this.#changedAt === null) return 0;
    return Math.max(0, this.#changedAt + cool_down - this.#parts.clock.now());
  }

  /** How many replicas there are. Those who ask at the same time get the same answer. */
  read(scaler: Scaler, options: ReplicateOptions): Promise<Scale> {
    this.#reading ??= this.#bounded(options, (signal) => scaler.read(signal)).finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  /** Rejects with a ReplicateRefusal. */
  request(scaler: Scaler, options: ReplicateOptions, request: ReplicateRequest): Promise<ReplicateRun> {
    const run = this.#turn.then(() => this.#run(scaler, options, request));
    this.#turn = run.catch(() => {});
    return run;
  }

  async #run(scaler: Scaler, options: ReplicateOptions, request: ReplicateRequest): Promise<ReplicateRun> {
    try {
      const wait = this.wait(options);
      if (wait > 0) {
        const seconds = Math.ceil(wait / 1000);
        throw new ReplicateRefusal("cool_down", `the last change is too recent; try again in ${seconds} s`);
      }
      const { before, after } = await this.#bounded(options, (signal) =>
        this.#scale(scaler, options, request, signal),
      );
      const isSame = before === after;
      const result = isSame ? "unchanged" : request.dryRun ? "dry_run" : "scaled";
      if (result === "scaled") this.#changedAt = this.#parts.clock.now();
      if (!request.dryRun) this.#wanted = after;
      return this.#note({ ...request, result, before, after });
    } catch (error) {
      const refusal = error instanceof ReplicateRefusal ? error : asRefusal(error);
      // It may have been carried out all the same.
      const mayBeDone = refusal.kind === "timeout" || error instanceof ScaleUnclear;
      if (mayBeDone && !request.dryRun) this.#changedAt = this.#parts.clock.now();
      this.#note({
        ...request,
        result: resultOf[refusal.kind],
        before: null,
        after: null,
        error: refusal.message,
      });
      throw refusal;
    }
  }

  async #scale(
    scaler: Scaler,
    options: ReplicateOptions,
    { replicas: asked, reason, dryRun }: ReplicateRequest,
    signal: AbortSignal,
  ): Promise<{ readonly before: number | null; readonly after: number }> {
    // Before anybody is asked anything.
    if ("count" in asked) checkLimits(asked.count, options);
    for (let attempt = 0; ; attempt++) {
      try {
        const seen = await scaler.read(signal);
        this.#parts.seen(seen);
        const replicas = countOf(asked, seen);
        checkLimits(replicas, options);
        if (replicas === seen.wanted) return { before: replicas, after: replicas };
        const order = { replicas, reason, dryRun, overrules: "count" in asked };
        const after = await scaler.write(seen, order, signal);
        if (!dryRun) this.#parts.seen(after);
        return { before: seen.wanted, after: replicas };
      } catch (error) {
        if (!(error instanceof TryLater)) throw error;
        await this.#pause(attempt, error, signal);
      }
    }
  }

  /** Rejects with why it is tried again, if time is over meanwhile. */
  #pause(attempt: number, why: TryLater, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#parts;
    return new Promise((resolve, reject) => {
      let cancel: Cancel = () => {};
      const onAbort = (): void => {
        cancel();
        reject(why);
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort);
      cancel = clock.after(backoff(attempt, firstPause, longestPause, jitter, random), () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
    });
  }

  async #bounded<T>({ timeout }: ReplicateOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const late = new ReplicateRefusal("timeout", `it was not done after ${timeout} ms`);
    const cancel = this.#parts.clock.after(timeout, () => controller.abort(late));
    try {
      return await work(controller.signal);
    } catch (error) {
      // A command says of itself that it was killed. What was to be tried again was not done, and says why.
      throw controller.signal.aborted && !(error instanceof TryLater) ? late : error;
    } finally {
      cancel();
    }
  }

  #note(run: Omit<ReplicateRun, "at">): ReplicateRun {
    const { clock, log, ran } = this.#parts;
    const noted = { ...run, at: clock.wall() };
    this.#last = noted;
    ran(noted);
    const { result, before, after, reason, error } = noted;
    const fields = { asked: describe(run.replicas), result, before, after, reason, error };
    log(error === undefined ? "info" : "warn", fields, "asked to replicate");
    return noted;
  }
}

/** As it was asked for: `5`, `+2`. */
export function describe(replicas: Replicas): string {
  return "count" in replicas ? String(replicas.count) : `+${replicas.more}`;
}

function countOf(asked: Replicas, { wanted }: Scale): number {
  if ("count" in asked) return asked.count;
  if (wanted !== null) return wanted + asked.more;
  const detail = `how many there are is not known here, so "+${asked.more}" has no meaning; give a number`;
  throw new ReplicateRefusal("unknown", detail);
}

function checkLimits(replicas: number, { min, max }: ReplicateOptions): void {
  if (replicas >= min && replicas <= max) return;
  throw new ReplicateRefusal("limit", `${replicas} replicas are not within ${min} to ${max}`);
}

const resultOf: Readonly<Record<RefusalKind, ReplicateResult>> = {
  limit: "refused",
  unknown: "refused",
  cool_down: "cool_down",
  conflict: "failed",
  not_scalable: "refused",
  timeout: "failed",
  failed: "failed",
};

/** What another part has rejected with. */
export function asRefusal(error: unknown): ReplicateRefusal {
  if (error instanceof ReplicateRefusal) return error;
  return new ReplicateRefusal(kindOf(error), errorReason(error), { cause: error });
}

function kindOf(error: unknown): RefusalKind {
  if (error instanceof NotScalable) return "not_scalable";
  return error instanceof ScaleConflict ? "conflict" : "failed";
}
