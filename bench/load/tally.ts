import { Histogram } from "./histogram.ts";

/** How many different error lines are kept for the report. */
const keptMessages = 8;

/** What a load run counts. Everything is counted by the replies, at the time they arrive. */
export class Tally {
  /** Requests answered, in whatever way. */
  requests = 0;
  gets = 0;
  sets = 0;
  /** Keys of gets that came with a value, and that came without. */
  hits = 0;
  misses = 0;
  /** Values compared in full with what their key demands; of the others the length and the first bytes are checked. */
  verified = 0;
  /** Answers that belong to another key, have a wrong length or wrong bytes, or are no memcache answer. */
  wrong = 0;
  serverErrors = 0;
  clientErrors = 0;
  /** Requests without an answer because their connection was lost or timed out. */
  lost = 0;
  timeouts = 0;
  reconnects = 0;
  /** Latencies in microseconds, from the write of a batch to each answer. */
  readonly latency = new Histogram();
  readonly messages = new Map<string, number>();

  note(message: string): void {
    const seen = this.messages.get(message);
    if (seen !== undefined || this.messages.size < keptMessages) this.messages.set(message, (seen ?? 0) + 1);
  }

  clear(): void {
    Object.assign(this, counters(new Tally()));
    this.latency.clear();
    this.messages.clear();
  }

  /** The counts as plain data; latencies in microseconds. */
  report(): TallyReport {
    const { latency } = this;
    return {
      ...counters(this),
      latency: {
        p50: latency.quantile(0.5),
        p99: latency.quantile(0.99),
        p999: latency.quantile(0.999),
        max: latency.max,
      },
      messages: Object.fromEntries(this.messages),
    };
  }
}

export type Counters = ReturnType<typeof counters>;

export interface TallyReport extends Counters {
  readonly latency: {
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
  readonly messages: Readonly<Record<string, number>>;
}

function counters(tally: Tally) {
  const { requests, gets, sets, hits, misses, verified, wrong, serverErrors, clientErrors } = tally;
  const { lost, timeouts, reconnects } = tally;
  return {
    requests,
    gets,
    sets,
    hits,
    misses,
    verified,
    wrong,
    serverErrors,
    clientErrors,
    lost,
    timeouts,
    reconnects,
  };
}
