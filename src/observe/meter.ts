import { histogramCount, histogramLength, histogramSum } from "./histogram.ts";
import { layouts, type Slot } from "./metric-layout.ts";
import type { MetricRegistry } from "./metric-registry.ts";
import { type Entity, entities, entityLabels, exposedName } from "./metric-table.ts";

/** A condition on a label. */
export interface Tag {
  readonly label: string;
  readonly value: string;
}

/** A metric, added up over all of its series that the tags let through. */
export interface Meter {
  readonly name: string;
  readonly help: string;
  readonly unit: "seconds" | "bytes" | null;
  readonly kind: "counter" | "gauge" | "histogram";
  /** Of a histogram: how many durations. */
  readonly value: number;
  /** Of a histogram: their sum in seconds. */
  readonly sum: number;
  /** Labels that tell the series apart, without those of the tags, with their values in order. */
  readonly labels: readonly { readonly label: string; readonly values: readonly string[] }[];
}

/** All metrics by the names that a scrape shows. */
export function meterNames(): string[] {
  return [...slots.keys()].sort();
}

/** undefined if there is no such metric, or no series of it that the tags let through. */
export function readMeter(metrics: MetricRegistry, name: string, tags: readonly Tag[]): Meter | undefined {
  const found = slots.get(name);
  if (found === undefined) return undefined;
  const { metric } = found.slot;
  const all = seriesOf(metrics, found).filter(({ labels }) =>
    tags.every(({ label, value }) => labels[label] === value),
  );
  if (all.length === 0) return undefined;
  const names = [...entityLabels[found.entity], ...(metric.by === undefined ? [] : [metric.by.label])];
  const open = names.filter((label) => !tags.some((tag) => tag.label === label));
  return {
    name,
    help: metric.help,
    unit: metric.unit ?? null,
    kind: metric.kind,
    value: all.reduce((total, { value }) => total + value, 0),
    sum: all.reduce((total, { sum }) => total + sum, 0),
    labels: open.map((label) => ({
      label,
      values: [...new Set(all.map(({ labels }) => labels[label]!))].sort(),
    })),
  };
}

interface Found {
  readonly entity: Entity;
  readonly slot: Slot;
}

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly sum: number;
}

const slots: ReadonlyMap<string, Found> = new Map(
  entities.flatMap((entity) =>
    layouts[entity].slots.map(
      (slot) => [exposedName(entity, slot.name, slot.metric), { entity, slot }] as const,
    ),
  ),
);

function seriesOf(metrics: MetricRegistry, { entity, slot }: Found): Series[] {
  const { metric, offset, stride, values } = slot;
  return metrics.instances(entity).flatMap((instance) =>
    values.map((value, i): Series => {
      const labels =
        metric.by === undefined ? instance.labels : { ...instance.labels, [metric.by.label]: value };
      const at = offset + i * stride;
      if (metric.kind !== "histogram") return { labels, value: instance.value(at), sum: 0 };
      if (!instance.histogram(at, scratch)) return { labels, value: 0, sum: 0 };
      return { labels, value: histogramCount(scratch, 0), sum: histogramSum(scratch, 0) / 1e6 };
    }),
  );
}

const scratch = new Float64Array(histogramLength);
