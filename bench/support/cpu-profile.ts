/** The parts of V8's .cpuprofile format that are read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the previous sample. */
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  /** Function name with file and line. */
  readonly where: string;
  /** Of the time that was not idle, 0..1. */
  readonly share: number;
}

/** Where the busy time of one thread went. */
export interface SelfTimes {
  /** Time that was not idle, in milliseconds. */
  readonly busyMs: number;
  /** The functions in which most of it went, by time spent in themselves. */
  readonly top: readonly SelfTime[];
}

/** Adds up a profile; `top` has at most `count` functions. */
export function selfTimes(profile: CpuProfile, count: number): SelfTimes {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, describeFrame(callFrame)]));
  const times = new Map<string, number>();
  let busy = 0;
  for (const [index, id] of profile.samples.entries()) {
    const where = names.get(id) ?? "(unknown)";
    if (where === "(idle)") continue;
    const time = profile.timeDeltas[index] ?? 0;
    busy += time;
    times.set(where, (times.get(where) ?? 0) + time);
  }
  const top = [...times]
    .map(([where, time]) => ({ where, share: time / busy }))
    .sort((a, b) => b.share - a.share)
    .slice(0, count);
  return { busyMs: busy / 1000, top };
}

function describeFrame({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName || "(anonymous)";
  if (url === "") return name;
  const file = url.replace(/^file:\/\//, "").replace(/^.*\/((?:dist|src)\/)/, "$1");
  return `${name} ${file}:${lineNumber + 1}`;
}
