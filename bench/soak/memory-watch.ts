import { readMemoryUsage } from "../load/process-usage.ts";
import { type Spread, spread } from "../support/statistics.ts";

const sampleMs = 1000;
const samplesPerMinute = 60_000 / sampleMs;
/**
 * Samples before memory has its working size: a quarter of the run, within these bounds. Code is compiled and optimized for
 * some minutes, and what is garbage in the old generation is collected only every two or three.
 */
const warmUpShare = 0.25;
const shortestWarmUp = 60;
const longestWarmUp = 300;
/** Fewer minutes after the warm-up than this say nothing about growth. */
const leastMinutes = 2;
/**
 * Memory goes up and down in teeth of some minutes: slabs of buffers, and V8's old generation, are let go all at once. A run
 * that is long enough for three windows of this many minutes is judged by the least of each of them.
 */
const longWindow = 5;
const allowedShare = 0.1;
const allowedKiB = 16 * 1024;

/** Samples the resident memory of a process, in KiB. */
export class MemoryWatch {
  readonly samples: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#timer = setInterval(() => this.samples.push(readMemoryUsage(pid).resident), sampleMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** The samples by minute; the last minute may be short. */
export function perMinute(samples: readonly number[]): Spread[] {
  const minutes: Spread[] = [];
  for (let at = 0; at < samples.length; at += samplesPerMinute) {
    minutes.push(spread(samples.slice(at, at + samplesPerMinute)));
  }
  return minutes;
}

/**
 * Growth after the warm-up, in KiB per minute; NaN if the run was too short to tell. By least squares over the least of each
 * window: garbage comes and goes by tens of MiB, and what cannot be collected shows at the bottom.
 */
export function slopePerMinute(samples: readonly number[]): number {
  const after = samples.slice(warmUp(samples));
  const minutes = Math.floor(after.length / samplesPerMinute);
  if (minutes < leastMinutes) return Number.NaN;
  const window = minutes >= 3 * longWindow ? longWindow : 1;
  const settled = leastOf(after, window * samplesPerMinute);
  const middle = (settled.length - 1) / 2;
  const mean = settled.reduce((total, each) => total + each, 0) / settled.length;
  let over = 0;
  let under = 0;
  for (const [at, sample] of settled.entries()) {
    over += (at - middle) * (sample - mean);
    under += (at - middle) ** 2;
  }
  return over / under / window;
}

/** The least sample of each whole window. */
function leastOf(samples: readonly number[], window: number): number[] {
  return Array.from({ length: Math.floor(samples.length / window) }, (_, at) =>
    Math.min(...samples.slice(at * window, (at + 1) * window)),
  );
}

/** Whether memory has grown by what the slope makes of the run: more than a tenth of what it was, and than 16 MiB. */
export function hasGrown(samples: readonly number[]): boolean {
  const slope = slopePerMinute(samples);
  if (Number.isNaN(slope)) return false;
  const begin = warmUp(samples);
  const growth = (slope * (samples.length - begin)) / samplesPerMinute;
  return growth > allowedKiB && growth > allowedShare * samples[begin]!;
}

function warmUp({ length }: readonly number[]): number {
  return Math.min(longestWarmUp, Math.max(shortestWarmUp, Math.floor(length * warmUpShare)));
}
