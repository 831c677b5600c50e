import type { Metric as PromMetric, Registry, RegistryContentType } from "prom-client";
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
  readonly contentType: RegistryContentType;
  readonly #metrics: MetricRegistry;
  readonly #format: ExpositionFormat;
  #writer: Promise<Writer> | null = null;
  #writing: Promise<string> | null = null;

  constructor(metrics: MetricRegistry, format: ExpositionFormat = "prometheus") {
    this.contentType = contentTypes[format];
    this.#metrics = metrics;
    this.#format = format;
  }

  /** Who asks while a text is being written gets that one, so that many scrapers cost no more than one. */
  text(): Promise<string> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  /** One metric after the other: all at once, prom-client would hold every sample of a big pool in memory. */
  async #write(): Promise<string> {
    this.#writer ??= this.#open();
    const { registry, families } = await this.#writer;
    const isOpen = this.#format === "openmetrics";
    const texts: string[] = [];
    for (const { name, unit } of families) {
      const text = await registry.getSingleMetricAsString(name);
      texts.push(isOpen && unit !== undefined ? withUnit(text, name, unit) : text);
    }
    return `${texts.join("\n")}\n${isOpen ? "# EOF\n" : ""}`;
  }

  /**
   * Only the part of prom-client that writes the text, and that when it is first asked for: the whole package takes
   * 11 MB, for it pulls in the cluster module and an HTTP client.
   */
  async #open(): Promise<Writer> {
    const { default: Registry } = await import("prom-client/lib/registry.js");
    const registry = new Registry<RegistryContentType>();
    registry.setContentType(this.contentType);
    const families: Family[] = [];
    for (const entity of entities) {
      for (const slot of layouts[entity].slots) {
        const exposed = exposedName(entity, slot.name, slot.metric);
        // In OpenMetrics a counter's family has no suffix; prom-client puts it on each line.
        const name = this.#format === "openmetrics" ? exposed.replace(/_total$/, "") : exposed;
        // prom-client asks of a metric no more than a name and get(); its type is the union of its own classes.
        registry.registerMetric(new Collector(this.#metrics, entity, slot, name) as unknown as PromMetric);
        families.push({ name, unit: slot.metric.unit });
      }
    }
    return { registry, families };
  }
}

const contentTypes: Readonly<Record<ExpositionFormat, RegistryContentType>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

interface Writer {
  readonly registry: Registry<RegistryContentType>;
  readonly families: readonly Family[];
}

interface Family {
  readonly name: string;
  readonly unit: string | undefined;
}

/** OpenMetrics says of a family what its name ends with; prom-client has no word for it. */
function withUnit(text: string, name: string, unit: string): string {
  return text.replace(/^# TYPE .*$/m, (type) => `${type}\n# UNIT ${name} ${unit}`);
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
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator = "sum";
  readonly #metrics: MetricRegistry;
  readonly #entity: Entity;
  readonly #slot: Slot;
  /** Labels by value of the slot's dimension, and for histograms by bucket: made once, not at each scrape. */
  readonly #labels: readonly Readonly<Record<string, string>>[];
  readonly #bucketLabels: readonly (readonly Readonly<Record<string, string>>[])[];

  constructor(metrics: MetricRegistry, entity: Entity, slot: Slot, name: string) {
    this.name = name;
    this.help = slot.metric.help;
    this.type = slot.metric.kind;
    this.#metrics = metrics;
    this.#entity = entity;
    this.#slot = slot;
    const label = slot.metric.by?.label;
    this.#labels = slot.values.map((value) => (label === undefined ? {} : { [label]: value }));
    this.#bucketLabels = this.#labels.map((labels) => bounds.map((le) => ({ ...labels, le })));
  }

  get(): { name: string; help: string; type: string; aggregator: string; values: Sample[] } {
    const values: Sample[] = [];
    for (const instance of this.#metrics.instances(this.#entity)) this.#sample(instance, values);
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values };
  }

  #sample(instance: MetricInstance, into: Sample[]): void {
    const { metric, offset, stride, values } = this.#slot;
    const sharedLabels = instance.labels;
    for (let i = 0; i < values.length; i++) {
      const at = offset + i * stride;
      if (metric.kind === "histogram") this.#sampleHistogram(instance, at, i, into);
      else into.push({ value: instance.value(at), labels: this.#labels[i]!, sharedLabels });
    }
  }

  #sampleHistogram(instance: MetricInstance, offset: number, index: number, into: Sample[]): void {
    if (!instance.histogram(offset, scratch)) return;
    const sharedLabels = instance.labels;
    const labels = this.#labels[index]!;
    const bucketLabels = this.#bucketLabels[index]!;
    const counts = cumulativeCounts(scratch, 0, boundBits);
    for (const [i, value] of counts.entries()) {
      into.push({ metricName: `${this.name}_bucket`, value, labels: bucketLabels[i]!, sharedLabels });
    }
    into.push({
      metricName: `${this.name}_sum`,
      value: histogramSum(scratch, 0) / 1e6,
      labels,
      sharedLabels,
    });
    into.push({ metricName: `${this.name}_count`, value: counts.at(-1)!, labels, sharedLabels });
  }
}

const scratch = new Float64Array(histogramLength);
