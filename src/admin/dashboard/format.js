/** What is not known, or not measured yet. */
const unknown = "–";

/**
 * Events per second, as a plain number: the unit stands beside it.
 * @param {number | null | undefined} value
 */
export function rate(value) {
  if (value === null || value === undefined) return unknown;
  if (value === 0) return "0";
  if (value < 0.05) return "<0.1";
  if (value < 9.95) return value.toFixed(1);
  if (value < 9_995) return String(Math.round(value));
  return value < 999_500 ? `${(value / 1000).toFixed(1)}k` : `${(value / 1e6).toFixed(1)}M`;
}

/**
 * A duration given in µs.
 * @param {number | null | undefined} value
 */
export function micros(value) {
  if (value === null || value === undefined) return unknown;
  if (value < 999.5) return `${Math.round(value)} µs`;
  if (value < 999_500) return `${(value / 1000).toFixed(value < 99_500 ? 1 : 0)} ms`;
  return `${(value / 1_000_000).toFixed(1)} s`;
}

/**
 * A part of the whole, from 0 to 1.
 * @param {number | null | undefined} part
 */
export function percent(part) {
  return part === null || part === undefined ? unknown : `${(100 * part).toFixed(1)} %`;
}

/**
 * CPUs at work: 100 % is one of them all the time.
 * @param {number | null | undefined} cpus
 */
export function cpu(cpus) {
  return cpus === null || cpus === undefined ? unknown : `${Math.round(100 * cpus)} %`;
}

/** @param {number | null | undefined} value */
export function bytes(value) {
  if (value === null || value === undefined) return unknown;
  if (value < 999_500) return `${Math.round(value / 1000)} kB`;
  return value < 999_500_000 ? `${Math.round(value / 1e6)} MB` : `${(value / 1e9).toFixed(1)} GB`;
}

/**
 * How long something has lasted, in its two largest units.
 * @param {number} ms
 */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return two(minutes, "min", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(hours, "h", minutes % 60, "min");
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

/**
 * Time of the day.
 * @param {number | Date} time in ms since the Unix epoch
 */
export function clockTime(time) {
  return new Date(time).toLocaleTimeString([], { hour12: false });
}

/**
 * @param {number} count
 * @param {string} thing in the singular
 */
export function plural(count, thing) {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/**
 * @param {number} large
 * @param {string} largeUnit
 * @param {number} small
 * @param {string} smallUnit
 */
function two(large, largeUnit, small, smallUnit) {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
