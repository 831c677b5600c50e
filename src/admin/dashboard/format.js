/** What is not known, or not measured yet. */
const unknown = "–";

/**
 * Events per second.
 * @param {number | null} value
 */
export function perSecond(value) {
  if (value === null) return unknown;
  if (value < 10) return `${value.toFixed(1)}/s`;
  return value < 10_000 ? `${Math.round(value)}/s` : `${(value / 1000).toFixed(1)}k/s`;
}

/**
 * A duration given in µs.
 * @param {number | null} value
 */
export function micros(value) {
  if (value === null) return unknown;
  if (value < 1000) return `${Math.round(value)} µs`;
  return value < 1_000_000 ? `${(value / 1000).toFixed(1)} ms` : `${(value / 1_000_000).toFixed(1)} s`;
}

/**
 * A part of the whole, from 0 to 1.
 * @param {number | undefined} part
 */
export function percent(part) {
  return part === undefined ? unknown : `${(100 * part).toFixed(1)} %`;
}

/**
 * Time of the day.
 * @param {number | Date} time in ms since the Unix epoch
 */
export function clockTime(time) {
  return new Date(time).toLocaleTimeString([], { hour12: false });
}

/**
 * @param {Readonly<Record<string, number>> | undefined} counts
 */
export function sum(counts) {
  return Object.values(counts ?? {}).reduce((total, count) => total + count, 0);
}
