import type { Readable } from "node:stream";
import { Problem } from "../admin/problem.ts";
import type { DebugApi, LoopDelayView } from "../admin/routes/debug.ts";
import type { Clock } from "../core/clock.ts";
import { loadUtil, loadZlib } from "../core/lazy-builtins.ts";
import type { Findings, Inspection, InspectionKind } from "../observe/thread-inspector.ts";

/** The worker threads, as far as they are looked at. */
export interface InspectedWorkers {
  readonly workers: { readonly of: number };
  inspect(worker: number, inspection: Inspection): Promise<unknown>;
  heapSnapshot(worker: number): Promise<Readable>;
}

interface Thread {
  readonly name: string;
  inspect(inspection: Inspection): Promise<unknown>;
  heapSnapshot(): Promise<Readable>;
}

/** Bytes that are allocated between two samples of a heap profile, on average; V8's own default is half of it. */
const heapInterval = 64 * 1024;

/** The inside of the threads, one question at a time. */
export function debugAnswers(workers: InspectedWorkers, clock: Clock): DebugApi {
  let busy: string | null = null;

  /** Makes sure that nothing else is under way, until the function that is returned is called. */
  function begin(what: string): () => void {
    if (busy !== null) throw new Problem(409, "Busy", `${busy} is being taken; one at a time`);
    busy = what;
    return () => {
      busy = null;
    };
  }

  async function alone<T>(what: string, work: () => Promise<T>): Promise<T> {
    const end = begin(what);
    return await work().finally(end);
  }

  function threads(): readonly Thread[] {
    const { of } = workers.workers;
    return [mainThread, ...Array.from({ length: of }, (_, index) => workerThread(workers, index))];
  }

  function threadOf(name: string): Thread {
    const found = threads().find((thread) => thread.name === name);
    if (found !== undefined) return found;
    const known = threads().map((thread) => thread.name);
    throw new Problem(404, "Not found", `there is no thread "${name}"; there are: ${known.join(", ")}`);
  }

  /** What there is to see in `seconds`; less if `signal` says that nobody waits for it. */
  async function look<K extends InspectionKind>(
    thread: Thread,
    start: Extract<Inspection, { start: K }>,
    seconds: number,
    signal: AbortSignal,
  ): Promise<Findings[K]> {
    await ask(thread, start);
    await elapse(clock, seconds * 1000, signal);
    return (await ask(thread, { stop: start.start })) as Findings[K];
  }

  return {
    async cpuProfile({ thread: name, seconds, hz }, signal) {
      const thread = threadOf(name);
      return alone(`a CPU profile of ${name}`, async () => {
        const interval = Math.round(1e6 / hz);
        const start = clock.wall();
        const profile = await look(thread, { start: "cpu", interval }, seconds, signal);
        const { cpuPprof } = await import("../observe/pprof.ts");
        return compress(cpuPprof(profile, { start, duration: seconds * 1000, interval, thread: name }));
      });
    },
    async heapProfile({ thread: name, seconds, collected }, signal) {
      const thread = threadOf(name);
      return alone(`a heap profile of ${name}`, async () => {
        const interval = heapInterval;
        const start = clock.wall();
        const profile = await look(thread, { start: "heap", interval, collected }, seconds, signal);
        const { heapPprof } = await import("../observe/pprof.ts");
        return compress(heapPprof(profile, { start, duration: seconds * 1000, interval, thread: name }));
      });
    },
    async heapSnapshot(name) {
      const thread = threadOf(name);
      const end = begin(`a heap snapshot of ${name}`);
      try {
        // It takes as much memory as the heap until all of it is read.
        return (await thread.heapSnapshot()).once("close", end);
      } catch (error) {
        end();
        return refuse(name)(error as Error);
      }
    },
    eventLoops: (seconds, signal) =>
      alone("the delay of the event loops", () =>
        Promise.all(
          threads().map(async (thread) => {
            const delay = await look(thread, { start: "delay" }, seconds, signal);
            return delayView(thread.name, delay);
          }),
        ),
      ),
  };
}

const mainThread: Thread = {
  name: "main",
  async inspect(inspection) {
    const { inspectThread } = await import("../observe/thread-inspector.ts");
    return inspectThread(inspection);
  },
  async heapSnapshot() {
    const { getHeapSnapshot } = await import("node:v8");
    return getHeapSnapshot();
  },
};

function workerThread(workers: InspectedWorkers, index: number): Thread {
  return {
    name: `worker-${index}`,
    inspect: (inspection) => workers.inspect(index, inspection),
    heapSnapshot: () => workers.heapSnapshot(index),
  };
}

function ask(thread: Thread, inspection: Inspection): Promise<unknown> {
  return thread.inspect(inspection).catch(refuse(thread.name));
}

/** A worker can die while it is looked at. */
function refuse(thread: string): (error: Error) => never {
  return (error) => {
    throw new Problem(503, "Not now", `${thread} cannot be looked at: ${error.message}`);
  };
}

function delayView(thread: string, delay: Findings["delay"]): LoopDelayView {
  return {
    thread,
    samples: delay.samples,
    delay_min_us: delay.min,
    delay_mean_us: delay.mean,
    delay_p50_us: delay.p50,
    delay_p99_us: delay.p99,
    delay_max_us: delay.max,
    utilization: delay.utilization,
  };
}

function compress(profile: Uint8Array): Promise<Buffer> {
  return loadUtil().promisify(loadZlib().gzip)(profile);
}

/** Resolves when the time is over, or `signal` says that it does not matter any more. */
function elapse(clock: Clock, time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(time, done);
    function done(): void {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    }
    if (signal.aborted) done();
    else signal.addEventListener("abort", done);
  });
}
