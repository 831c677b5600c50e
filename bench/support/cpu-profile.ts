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

/** The functions in which most of the busy time went, by time spent in themselves. */
export function topSelfTimes(profile: CpuProfile, count: number): SelfTime[] {
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
  return [...times]
    .map(([where, time]) => ({ where, share: busy > 0 ? time / busy : 0 }))
    .sort((a, b) => b.share - a.share)
    .slice(0, count);
}

function describeFrame({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName || "(anonymous)";
  if (url === "") return name;
  const file = url.replace(/^file:\/\//, "").replace(/^.*\/((?:dist|src)\/)/, "$1");
  return `${name} ${file}:${lineNumber + 1}`;
}
