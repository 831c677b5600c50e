import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";

/** A profile in words: each sample with its functions, the innermost first, and its values. */
export interface ReadProfile {
  readonly types: readonly string[];
  readonly samples: readonly { readonly stack: readonly string[]; readonly values: readonly number[] }[];
  /** `name file:line` of every function. */
  readonly functions: readonly string[];
  readonly comments: readonly string[];
  readonly period: number;
  readonly durationSeconds: number;
  readonly startMs: number;
}

/** Reads a profile.proto, gzipped or not. */
export function readPprof(bytes: Uint8Array): ReadProfile {
  const profile = Profile.decode(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes);
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? "";
  const functions = new Map(profile.function.map((entry) => [Number(entry.id), entry]));
  const locations = new Map(profile.location.map((entry) => [Number(entry.id), entry]));
  const nameOf = (location: number | bigint) => {
    const line = locations.get(Number(location))?.line[0];
    return text(functions.get(Number(line?.functionId))?.name ?? 0);
  };
  return {
    types: profile.sampleType.map(({ type, unit }) => `${text(type)}/${text(unit)}`),
    samples: profile.sample.map(({ locationId, value }) => ({
      stack: locationId.map(nameOf),
      values: value.map(Number),
    })),
    functions: profile.function.map(
      ({ name, filename, startLine }) => `${text(name)} ${text(filename)}:${startLine}`,
    ),
    comments: profile.comment.map(text),
    period: Number(profile.period),
    durationSeconds: Number(profile.durationNanos) / 1e9,
    startMs: Number(profile.timeNanos) / 1e6,
  };
}
