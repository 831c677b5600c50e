import type { HeapProfiler, Profiler, Runtime } from "node:inspector";
import { fileURLToPath } from "node:url";
import {
  Line,
  Location,
  Profile,
  Function as ProfiledFunction,
  Sample,
  StringTable,
  ValueType,
} from "pprof-format";

/** What a profile tells of itself besides its samples. */
export interface ProfileOrigin {
  /** When it began, in ms since the Unix epoch. */
  readonly start: number;
  /** How long it took, in ms. */
  readonly duration: number;
  /** Between two samples: µs, or bytes. */
  readonly interval: number;
  /** Which thread it is of. */
  readonly thread: string;
}

/** Where a sample's values belong: a function, and who called it. */
interface Place {
  readonly callFrame: Runtime.CallFrame;
  readonly parent: Place | null;
}

/** V8 stands for these by functions without a file; the time of an idle thread is no CPU time, and the root no place. */
const noPlaces = new Set(["(root)", "(idle)"]);

/**
 * A CPU profile of V8 as pprof's `profile.proto`, not compressed: samples, and the time until the next one of each
 * (github.com/google/pprof, proto/profile.proto).
 */
export function cpuPprof(profile: Profiler.Profile, origin: ProfileOrigin): Uint8Array {
  const { nodes, samples = [], timeDeltas = [], endTime, startTime } = profile;
  const places = placesOf(nodes);
  const values = new Map<number, [number, number]>();
  const spent = timeDeltas.reduce((sum, delta) => sum + delta, 0);
  for (const [at, id] of samples.entries()) {
    // A delta is the time since the sample before it, or since the start.
    const time = timeDeltas[at + 1] ?? Math.max(0, endTime - startTime - spent);
    const value = values.get(id) ?? [0, 0];
    value[0]++;
    value[1] += time * 1000;
    values.set(id, value);
  }
  const writer = new ProfileWriter(origin, [
    ["samples", "count"],
    ["cpu", "nanoseconds"],
  ]);
  for (const [id, value] of values) writer.add(places.get(id)!, value);
  return writer.encode(origin.interval * 1000);
}

/** A sampled heap profile of V8 in the same form: the bytes that were allocated meanwhile. */
export function heapPprof(profile: HeapProfiler.SamplingHeapProfile, origin: ProfileOrigin): Uint8Array {
  const writer = new ProfileWriter(origin, [["space", "bytes"]]);
  const visit = (node: HeapProfiler.SamplingHeapProfileNode, parent: Place | null): void => {
    const place = { callFrame: node.callFrame, parent };
    if (node.selfSize > 0) writer.add(place, [node.selfSize]);
    for (const child of node.children) visit(child, place);
  };
  visit(profile.head, null);
  return writer.encode(origin.interval);
}

function placesOf(nodes: readonly Profiler.ProfileNode[]): Map<number, Place> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const places = new Map<number, Place>();
  const visit = (node: Profiler.ProfileNode, parent: Place | null): void => {
    const place = { callFrame: node.callFrame, parent };
    places.set(node.id, place);
    for (const child of node.children ?? []) visit(byId.get(child)!, place);
  };
  // The first one is the root.
  if (nodes[0] !== undefined) visit(nodes[0], null);
  return places;
}

/** Gathers samples; every string, function and location is written once. */
class ProfileWriter {
  readonly #origin: ProfileOrigin;
  readonly #strings = new StringTable();
  readonly #types: ValueType[];
  readonly #functions: ProfiledFunction[] = [];
  readonly #locations = new Map<string, Location>();
  readonly #samples: Sample[] = [];

  constructor(origin: ProfileOrigin, types: readonly (readonly [type: string, unit: string])[]) {
    this.#origin = origin;
    this.#types = types.map(([type, unit]) => this.#type(type, unit));
  }

  add(leaf: Place, value: number[]): void {
    if (noPlaces.has(leaf.callFrame.functionName)) return;
    const locationId: number[] = [];
    for (let place: Place | null = leaf; place !== null; place = place.parent) {
      if (!noPlaces.has(place.callFrame.functionName)) locationId.push(this.#location(place.callFrame));
    }
    this.#samples.push(new Sample({ locationId, value }));
  }

  /** `period` is in the unit of the last value. */
  encode(period: number): Uint8Array {
    const { start, duration, thread } = this.#origin;
    const periodType = this.#types.at(-1)!;
    return new Profile({
      sampleType: this.#types,
      sample: this.#samples,
      location: [...this.#locations.values()],
      function: this.#functions,
      stringTable: this.#strings,
      timeNanos: BigInt(Math.round(start)) * 1_000_000n,
      durationNanos: Math.round(duration * 1e6),
      periodType,
      period,
      defaultSampleType: periodType.type,
      comment: [this.#strings.dedup(`thread ${thread}`)],
    }).encode();
  }

  #type(type: string, unit: string): ValueType {
    return new ValueType({ type: this.#strings.dedup(type), unit: this.#strings.dedup(unit) });
  }

  /** V8 counts lines from 0. */
  #location({ functionName, url, lineNumber, columnNumber, scriptId }: Runtime.CallFrame): number {
    const key = `${scriptId}:${lineNumber}:${columnNumber}:${functionName}`;
    const known = this.#locations.get(key);
    if (known !== undefined) return Number(known.id);
    const id = this.#functions.length + 1;
    const name = this.#strings.dedup(functionName === "" ? "(anonymous)" : functionName);
    const filename = this.#strings.dedup(fileOf(url));
    const line = Math.max(0, lineNumber + 1);
    this.#functions.push(new ProfiledFunction({ id, name, systemName: name, filename, startLine: line }));
    this.#locations.set(key, new Location({ id, line: [new Line({ functionId: id, line })] }));
    return id;
  }
}

function fileOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}
