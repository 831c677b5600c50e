import { type Entity, exposedName, type MetricName, metricsOf } from "../metric-table.ts";

/** One line of a panel. */
export interface Query {
  /** PromQL. */
  readonly expr: string;
  /** What the line is called; `{{label}}` stands for a label's value. */
  readonly legend: string;
}

/** The instances that are looked at are chosen at the top of the dashboard. */
const chosen = 'instance=~"$instance"';

/** Values that a label must have, or with a `~` in front match; an empty one stands for all. */
export type Matchers = Readonly<Record<string, string>>;

/** A metric of the table as it is chosen in PromQL; one that is not in the table does not compile. */
export function series<E extends Entity>(
  entity: E,
  name: MetricName<E>,
  matchers: Matchers = {},
  suffix = "",
): string {
  const [, metric] = metricsOf(entity).find(([known]) => known === name)!;
  const more = Object.entries(matchers).map(([label, value]) =>
    value.startsWith("~") ? `,${label}=~"${value.slice(1)}"` : `,${label}="${value}"`,
  );
  return `${exposedName(entity, String(name), metric)}${suffix}{${chosen}${more.join("")}}`;
}

/** Per second, added up over all that is not in `by`. */
export function rate<E extends Entity>(
  entity: E,
  name: MetricName<E>,
  by: readonly string[] = [],
  matchers: Matchers = {},
): string {
  return summed(`rate(${series(entity, name, matchers)}[$__rate_interval])`, by);
}

/** As it is now, added up over all that is not in `by`. */
export function total<E extends Entity>(entity: E, name: MetricName<E>, by: readonly string[] = []): string {
  return summed(series(entity, name), by);
}

/** A quantile of a histogram, 0 to 1, over all that is not in `by`. */
export function quantile<E extends Entity>(
  q: number,
  entity: E,
  name: MetricName<E>,
  by: readonly string[] = [],
): string {
  const buckets = `rate(${series(entity, name, {}, "_bucket")}[$__rate_interval])`;
  return `histogram_quantile(${q}, ${summed(buckets, ["le", ...by])})`;
}

/** Part of a whole, 0 to 1; nothing where the whole is nothing. */
export function share(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

function summed(expr: string, by: readonly string[]): string {
  return by.length === 0 ? `sum(${expr})` : `sum by (${by.join(", ")}) (${expr})`;
}
