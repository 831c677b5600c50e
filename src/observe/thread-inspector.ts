import type { HeapProfiler, Profiler } from "node:inspector";
import type { Session } from "node:inspector/promises";
import type { RecordableHistogram } from "node:perf_hooks";

/** What is looked at. */
export type InspectionKind = "cpu" | "heap" | "delay";

/** Begin to look at this thread, or stop and tell what was seen. */
export type Inspection =
  | { readonly start: "cpu" /** µs between samples. */; readonly interval: number }
  | {
      readonly start: "heap";
      /** Bytes between samples, on average. */
      readonly interval: number;
      /** Whether what was collected meanwhile counts, too. */
      readonly collected: boolean;
    }
  | { readonly start: "delay" }
  | { readonly stop: InspectionKind };

/** What stopping yields. */
export interface Findings {
  readonly cpu: Profiler.Profile;
  readonly heap: HeapProfiler.SamplingHeapProfile;
  readonly delay: LoopDelay;
}

/** How late an event loop was, in µs, and which share of the time it worked. */
export interface LoopDelay {
  readonly samples: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** From 0 to 1. */
  readonly utilization: number;
}

/** How often the event loop is asked while its delay is measured, in ms. */
const resolution = 10;

interface Look<K extends InspectionKind> {
  stop(): Promise<Findings[K]>;
}

/** What is under way in this thread; each has a copy of this module. */
const looks: { [K in InspectionKind]?: Look<K> } = {};

/**
 * Looks at the thread that calls it, by V8's own profilers. Starting what has been started already starts it anew.
 * A thread that is not looked at pays nothing.
 */
export async function inspectThread(inspection: Inspection): Promise<Findings[InspectionKind] | undefined> {
  const kind = "start" in inspection ? inspection.start : inspection.stop;
  const before = looks[kind];
  delete looks[kind];
  const findings = await before?.stop();
  if ("stop" in inspection) {
    if (findings === undefined) throw new Error(`nobody has started to look at ${kind}`);
    return findings;
  }
  switch (inspection.start) {
    case "cpu":
      looks.cpu = await lookAtCpu(inspection.interval);
      break;
    case "heap":
      looks.heap = await lookAtHeap(inspection.interval, inspection.collected);
      break;
    case "delay":
      looks.delay = await lookAtDelay();
  }
  return undefined;
}

async function lookAtCpu(interval: number): Promise<Look<"cpu">> {
  const session = await openSession();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval });
  await session.post("Profiler.start");
  return {
    async stop() {
      const { profile } = await session.post("Profiler.stop");
      session.disconnect();
      return profile;
    },
  };
}

async function lookAtHeap(samplingInterval: number, collected: boolean): Promise<Look<"heap">> {
  const session = await openSession();
  await session.post("HeapProfiler.startSampling", {
    samplingInterval,
    includeObjectsCollectedByMajorGC: collected,
    includeObjectsCollectedByMinorGC: collected,
  });
  return {
    async stop() {
      const { profile } = await session.post("HeapProfiler.stopSampling");
      session.disconnect();
      return profile;
    },
  };
}

async function openSession(): Promise<Session> {
  const { Session } = await import("node:inspector/promises");
  const session = new Session();
  session.connect();
  return session;
}

async function lookAtDelay(): Promise<Look<"delay">> {
  const { monitorEventLoopDelay } = await import("node:perf_hooks");
  const before = performance.eventLoopUtilization();
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  return {
    async stop() {
      histogram.disable();
      const { utilization } = performance.eventLoopUtilization(before);
      return { ...figures(histogram), utilization };
    },
  };
}

/** The histogram holds the time from one timer to the next, in ns, of which the resolution was wanted. */
function figures(
  histogram: Pick<RecordableHistogram, "count" | "min" | "mean" | "max" | "percentile">,
): Omit<LoopDelay, "utilization"> {
  const { count } = histogram;
  const late = (time: number): number => Math.max(0, Math.round(time / 1000 - resolution * 1000));
  if (count === 0) return { samples: 0, min: 0, mean: 0, p50: 0, p99: 0, max: 0 };
  return {
    samples: count,
    min: late(histogram.min),
    mean: late(histogram.mean),
    p50: late(histogram.percentile(50)),
    p99: late(histogram.percentile(99)),
    max: late(histogram.max),
  };
}
