/** What is not known, or not measured. */
const unknown = "-";
const bars = "▁▂▃▄▅▆▇█";

export function perSecond(value: number | null): string {
  if (value === null) return unknown;
  if (value < 100) return value.toFixed(1);
  return value < 100_000 ? String(Math.round(value)) : `${(value / 1000).toFixed(0)}k`;
}

/** A duration given in µs, in about three digits. */
export function micros(value: number | null): string {
  if (value === null) return unknown;
  if (value < 1000) return `${Math.round(value)}µs`;
  const ms = value / 1000;
  if (ms < 1000) return `${ms.toFixed(ms < 100 ? 1 : 0)}ms`;
  return `${(ms / 1000).toFixed(ms < 100_000 ? 1 : 0)}s`;
}

export function percent(part: number | null): string {
  return part === null ? unknown : `${(100 * part).toFixed(1)}%`;
}

/** A duration given in ms, in its two largest units: `3h 12m`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

export function megabytes(value: number): string {
  return `${Math.round(value / 1e6)} MB`;
}

/**
 * The last values as a line of `width` bars, from 0 to the largest; neighbours are one bar where there are more of them than
 * bars. A blank stands for what is not known.
 */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const per = Math.max(1, Math.ceil(values.length / width));
  const groups: (number | null)[] = [];
  for (let end = values.length; end > 0; end -= per)
    groups.unshift(mean(values.slice(Math.max(0, end - per), end)));
  const most = Math.max(...groups.map((value) => value ?? 0));
  return groups
    .map((value) =>
      value === null ? " " : bars[most === 0 ? 0 : Math.ceil((value / most) * (bars.length - 1))],
    )
    .join("")
    .padStart(width);
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
