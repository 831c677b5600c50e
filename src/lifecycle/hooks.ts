import type { Clock } from "../core/clock.ts";
import { errorReason } from "../core/error-reason.ts";
import type { HookNews } from "./hook-news.ts";
import type { HookOptions } from "./hook-options.ts";

/** `cancelled`: it was overtaken by the end of the daemon, or by much else. */
export type HookResult = "ok" | "failed" | "timeout" | "cancelled";

/** How a hook was told something. */
export interface HookRun {
  readonly hook: string;
  readonly news: HookNews;
  readonly result: HookResult;
  /** Why it was no success; absent if it was one. */
  readonly error?: string;
  /** Unix time in ms. */
  readonly at: number;
  /** In ms. */
  readonly duration: number;
}

/** Tells a hook; rejects if that fails, and gives up at once when the signal is aborted. */
export type HookCall = (hook: HookOptions, news: HookNews, signal: AbortSignal) => Promise<void>;

export interface HooksParts {
  readonly clock: Clock;
  /** The hooks in force. */
  settings(): readonly HookOptions[];
  readonly call: HookCall;
  report(run: HookRun): void;
}

/** How a hook has done so far. */
export interface HookRecord {
  readonly hook: HookOptions;
  readonly runs: number;
  /** Those of them that came to no success. */
  readonly failures: number;
  /** null until the first. */
  readonly last: HookRun | null;
}

interface Telling {
  readonly hook: HookOptions;
  readonly news: HookNews;
}

/** Calls that wait for those before them; of more than these, the oldest is given up: it tells of what is long over. */
export const mostWaiting = 100;

/** Why a hook that runs is given up. */
class GivenUp extends Error {
  readonly result: HookResult;

  constructor(result: HookResult, message: string) {
    super(message);
    this.result = result;
  }
}

/**
 * Tells the hooks of each change: one after the other, in the order of the configuration, and of all changes in the order
 * in which they came. None waits for another longer than that one's timeout, and the end of the daemon waits for none of
 * the changes before it.
 */
export class Hooks {
  readonly #parts: HooksParts;
  readonly #waiting: Telling[] = [];
  readonly #records = new Map<string, Omit<HookRecord, "hook">>();
  #work: Promise<void> | null = null;
  #giveUp: ((why: GivenUp) => void) | null = null;

  constructor(parts: HooksParts) {
    this.#parts = parts;
  }

  tell(news: HookNews): void {
    if (news.event === "draining" || news.event === "stopped") this.cancel(`the daemon is ${news.event}`);
    const concerned = this.#parts.settings().filter((hook) => hook.on.includes(news.event));
    this.#waiting.push(...concerned.map((hook) => ({ hook, news })));
    const most = Math.max(mostWaiting, concerned.length);
    this.#forgo(this.#waiting.splice(0, this.#waiting.length - most), "too much has happened since");
    if (this.#waiting.length > 0) this.#work ??= this.#tellAll();
  }

  /** Resolves when all have been told. */
  async told(): Promise<void> {
    await this.#work;
  }

  /** Gives up what runs, and tells nobody of what waits. */
  cancel(reason: string): void {
    this.#forgo(this.#waiting.splice(0), reason);
    this.#giveUp?.(new GivenUp("cancelled", reason));
  }

  /** In the order of the configuration. */
  records(): readonly HookRecord[] {
    const unheard = { runs: 0, failures: 0, last: null };
    return this.#parts.settings().map((hook) => ({ hook, ...(this.#records.get(hook.name) ?? unheard) }));
  }

  /** Nobody is told of these. */
  #forgo(tellings: readonly Telling[], reason: string): void {
    for (const { hook, news } of tellings) {
      this.#note({ hook: hook.name, news, result: "cancelled", error: reason, ...this.#since(this.#now) });
    }
  }

  async #tellAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#note(await this.#tellOne(next));
    }
    this.#work = null;
  }

  async #tellOne({ hook, news }: Telling): Promise<HookRun> {
    const { clock, call } = this.#parts;
    const began = this.#now;
    const controller = new AbortController();
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    this.#giveUp = (why) => {
      controller.abort(why);
      reject(why);
    };
    const cancelTimeout = clock.after(hook.timeout, () =>
      this.#giveUp?.(new GivenUp("timeout", `it was not done after ${hook.timeout} ms`)),
    );
    const run = { hook: hook.name, news };
    try {
      await Promise.race([givenUp, call(hook, news, controller.signal)]);
      return { ...run, result: "ok", ...this.#since(began) };
    } catch (error) {
      const result = error instanceof GivenUp ? error.result : "failed";
      return { ...run, result, error: errorReason(error), ...this.#since(began) };
    } finally {
      cancelTimeout();
      this.#giveUp = null;
    }
  }

  #note(run: HookRun): void {
    const { runs = 0, failures = 0 } = this.#records.get(run.hook) ?? {};
    const failed = run.result === "ok" ? 0 : 1;
    this.#records.set(run.hook, { runs: runs + 1, failures: failures + failed, last: run });
    this.#parts.report(run);
  }

  get #now(): number {
    return this.#parts.clock.now();
  }

  #since(began: number): { readonly at: number; readonly duration: number } {
    const duration = this.#now - began;
    return { at: this.#parts.clock.wall() - duration, duration };
  }
}
