import { asRecord, type EndpointSlice, readEndpointSlice } from "./endpoint-slice.ts";

/** One event of a watch: `{"type": "MODIFIED", "object": {…}}`. */
export interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

/** A list of slices, whole, and the version that a watch can go on from. */
export interface SliceList {
  readonly slices: readonly EndpointSlice[];
  readonly version: string;
}

/** What an event came to. `gone`: the version is too old to go on from, so that all has to be listed again. */
export type Step = "changed" | "unchanged" | "gone";

/** The EndpointSlices of a Service as list and watch have told of them. */
export class SliceBook {
  readonly #slices = new Map<string, EndpointSlice>();
  #version = "";

  /** Where the next watch goes on. */
  get version(): string {
    return this.#version;
  }

  get slices(): Iterable<EndpointSlice> {
    return this.#slices.values();
  }

  replace({ slices, version }: SliceList): void {
    this.#slices.clear();
    for (const slice of slices) this.#slices.set(slice.name, slice);
    this.#version = version;
  }

  /** Throws, in words, where the event is an error or cannot be read. */
  take({ type, object }: WatchEvent): Step {
    if (type === "ERROR") return refuse(object);
    const { resourceVersion } = asRecord(asRecord(object)["metadata"]);
    if (typeof resourceVersion === "string") this.#version = resourceVersion;
    // A bookmark says no more than how far we are, so that the next watch need not begin long ago.
    if (type === "BOOKMARK") return "unchanged";
    const slice = readEndpointSlice(object);
    if (type === "DELETED") return this.#slices.delete(slice.name) ? "changed" : "unchanged";
    if (type !== "ADDED" && type !== "MODIFIED") return "unchanged";
    this.#slices.set(slice.name, slice);
    return "changed";
  }
}

function refuse(status: unknown): Step {
  const { code, message } = asRecord(status);
  if (code === 410) return "gone";
  throw new Error(`the watch failed: ${typeof message === "string" ? message : "no reason was given"}`);
}
