import { histogramLength } from "./histogram.ts";
import type { Metric } from "./metric.ts";
import { type Entity, type MetricName, metricsOf } from "./metric-table.ts";

/**
 * Where each metric lies in a block: a Float64Array per instance of an entity and writer. A metric split by a
 * label takes a run of slots, so hot code adds the label's index: `block[POOL.requests + command.get] += 1`,
 * `record(block, POOL.requestDuration + command.get * histogramLength, micros)`.
 */
export type Offsets<E extends Entity> = { readonly [N in MetricName<E>]: number };

/** A metric and its place. */
export interface Slot {
  readonly name: string;
  readonly metric: Metric;
  readonly offset: number;
  /** Slots per value of the label: 1, or `histogramLength`. */
  readonly stride: number;
  /** Values of the label in the order of their slots; one empty string where there is no label. */
  readonly values: readonly string[];
}

export interface Layout {
  readonly slots: readonly Slot[];
  /** Length of a block in float64s. */
  readonly length: number;
}

/** One cache line at the end, so that two workers never write to the same line. */
const padding = 8;

function layOut(entity: Entity): Layout {
  const metrics = metricsOf(entity);
  const slots: Slot[] = [];
  let length = 0;
  const place = ([name, metric]: readonly [string, Metric]) => {
    const stride = metric.kind === "histogram" ? histogramLength : 1;
    const values = metric.by === undefined ? [""] : Object.keys(metric.by.values);
    slots.push({ name, metric, offset: length, stride, values });
    length += stride * values.length;
  };
  // Histograms last: the counters of a block then share few pages and cache lines.
  metrics.filter(([, metric]) => metric.kind !== "histogram").forEach(place);
  metrics.filter(([, metric]) => metric.kind === "histogram").forEach(place);
  return { slots, length: length + padding };
}

function offsetsOf<E extends Entity>(entity: E): Offsets<E> {
  const entries = layouts[entity].slots.map((slot) => [slot.name, slot.offset]);
  return Object.freeze(Object.fromEntries(entries)) as Offsets<E>;
}

export const layouts: Readonly<Record<Entity, Layout>> = {
  listener: layOut("listener"),
  pool: layOut("pool"),
  server: layOut("server"),
  httpListener: layOut("httpListener"),
  httpRoute: layOut("httpRoute"),
  httpPool: layOut("httpPool"),
  httpServer: layOut("httpServer"),
  discovery: layOut("discovery"),
  worker: layOut("worker"),
  lifecycle: layOut("lifecycle"),
  hook: layOut("hook"),
  app: layOut("app"),
  overload: layOut("overload"),
  replicate: layOut("replicate"),
  process: layOut("process"),
  build: layOut("build"),
};

export const LISTENER = offsetsOf("listener");
export const POOL = offsetsOf("pool");
export const SERVER = offsetsOf("server");
export const HTTP_LISTENER = offsetsOf("httpListener");
export const HTTP_ROUTE = offsetsOf("httpRoute");
export const HTTP_POOL = offsetsOf("httpPool");
export const HTTP_SERVER = offsetsOf("httpServer");
export const DISCOVERY = offsetsOf("discovery");
export const WORKER = offsetsOf("worker");
export const LIFECYCLE = offsetsOf("lifecycle");
export const HOOK = offsetsOf("hook");
export const APP = offsetsOf("app");
export const OVERLOAD = offsetsOf("overload");
export const REPLICATE = offsetsOf("replicate");
export const PROCESS = offsetsOf("process");
export const BUILD = offsetsOf("build");

/** A block of its own memory that no other thread sees: for tests, and for adding others up. */
export function privateBlock(entity: Entity): Float64Array {
  return new Float64Array(layouts[entity].length);
}
