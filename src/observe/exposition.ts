import { type Metric as PromMetric, Registry, type RegistryContentType } from "prom-client";
import { cumulativeCounts, histogramLength, histogramSum } from "./histogram.ts";
import type { MetricInstance } from "./metric-instance.ts";
import { layouts, type Slot } from "./metric-layout.ts";
import type { MetricRegistry } from "./metric-registry.ts";
import { type Entity, entities, exposedName } from "./metric-table.ts";

/** `prometheus`: text format 0.0.4, what every scraper reads. `openmetrics`: OpenMetrics 1.0. */
export type ExpositionFormat = "prometheus" | "openmetrics";

/**
 * The metrics as text for a scraper: prom-client writes it, and the numbers come from the shared blocks at that
 * moment. Counters and gauges are always there, so that a first error is seen as a rise from 0; of a histogram,
 * only the commands that were used, for each takes 24 lines. Label values are those of the configuration and of
 * closed sets: nothing that a client sends becomes a label.
 */
export class Exposition {
  readonly #registry = new Registry<RegistryContentType>();

  constructor(metrics: MetricRegistry, format: ExpositionFormat = "prometheus") {
    if (format === "openmetrics") this.#registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    for (const entity of entities) {
      for (const slot of layouts[entity].slots) {
        const collector = new Collector(metrics, entity, slot);
        // prom-client asks of a metric no more than a name and get(); its type is the union of its own classes.
        this.#registry.registerMetric(collector as unknown as PromMetric);
      }
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** Upper bounds of the exposed buckets as powers of two in µs: 32 µs, 64 µs… 67 s. */
const boundBits: readonly number[] = Array.from({ length: 22 }, (_, i) => i + 5);
const bounds = [...boundBits.map((bit) => String(2 ** bit / 1e6)), "+Inf"];

interface Sample {
  readonly value: number;
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The instance's labels; prom-client keeps their escaped form for as long as the object lives. */
  readonly sharedLabels: Readonly<Record<string, string>>;
}

/** One metric of the table as prom-client sees it. */
class Collector {
  /** prom-client cuts `_total` off for OpenMetrics, and puts it back on each line. */
  name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator = "sum";
  readonly #metrics: MetricRegistry;
  readonly #entity: Entity;
  readonly #slot: Slot;

  constructor(metrics: MetricRegistry, entity: Entity, slot: Slot) {
    this.name = exposedName(entity, slot.name, slot.metric);
    this.help = slot.metric.help;
    this.type = slot.metric.kind;
    this.#metrics = metrics;
    this.#entity = entity;
    this.#slot = slot;
  }

  get(): { name: string; help: string; type: string; aggregator: string; values: Sample[] } {
    const values = this.#metrics.instances(this.#entity).flatMap((instance) => this.#samples(instance));
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values };
  }

  #samples(instance: MetricInstance): Sample[] {
    const { metric, offset, stride, values } = this.#slot;
    const label = metric.by?.label;
    return values.flatMap((value, i) => {
      const labels: Record<string, string> = label === undefined ? {} : { [label]: value };
      const at = offset + i * stride;
      if (metric.kind === "histogram") return this.#histogram(instance, at, labels);
      return [{ value: instance.value(at), labels, sharedLabels: instance.labels }];
    });
  }

  #histogram(instance: MetricInstance, offset: number, labels: Record<string, string>): Sample[] {
    if (!instance.histogram(offset, scratch)) return [];
    const sharedLabels = instance.labels;
    const counts = cumulativeCounts(scratch, 0, boundBits);
    const samples: Sample[] = counts.map((value, i) => ({
      metricName: `${this.name}_bucket`,
      value,
      labels: { ...labels, le: bounds[i]! },
      sharedLabels,
    }));
    const sum = histogramSum(scratch, 0) / 1e6;
    samples.push({ metricName: `${this.name}_sum`, value: sum, labels, sharedLabels });
    samples.push({ metricName: `${this.name}_count`, value: counts.at(-1)!, labels, sharedLabels });
    return samples;
  }
}

const scratch = new Float64Array(histogramLength);
