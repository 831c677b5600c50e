import { parentPort, workerData } from "node:worker_threads";
import type { ConnectionQuery, FromWorker, Plane, ToWorker } from "../../src/workers/messages.ts";
import { beat } from "../../src/workers/pulse.ts";
import { servePlane } from "../../src/workers/serve-plane.ts";

/** What the tests put into force: a version, and what goes wrong with it. */
export interface FakeSnapshot {
  readonly version: number;
  /** Worker that cannot take it. */
  readonly refusedBy?: number;
  /** Worker that dies of it. */
  readonly fatalFor?: number;
}

/** What a worker of the tests is told: to die with these words, not to come back, or just to report. */
export interface FakeUpdate {
  readonly die?: string;
  /** Worker `index` does not come back until the number in `until` is 1, and then sets it to 2. */
  readonly spin?: { readonly index: number; readonly until: SharedArrayBuffer };
  readonly note?: string;
}

/** Everything that happened in a worker so far, in order. */
export type FakeReport = readonly string[];

/** A data plane without sockets, as the entry of a worker thread. It reports all that happens to it. */
class FakePlane implements Plane<FakeSnapshot, FakeUpdate> {
  readonly #happened: string[] = [];

  async apply({ version, refusedBy, fatalFor }: FakeSnapshot): Promise<void> {
    if (fatalFor === index) throwOutside(`version ${version} is deadly`);
    if (refusedBy === index) throw new Error(`port of version ${version} is taken`);
    this.#note(`version ${version}`);
  }

  update({ die, spin, note }: FakeUpdate): void {
    if (die !== undefined) throwOutside(die);
    if (spin !== undefined) {
      if (spin.index === index) spinAround(new Int32Array(spin.until));
      return;
    }
    this.#note(`update ${note}`);
  }

  setPressure(pressure: number, yielded: number): void {
    this.#note(`pressure ${pressure}, yielded ${yielded}`);
  }

  pause(): void {
    this.#note("pause");
  }

  resume(): void {
    this.#note("resume");
  }

  async drain(): Promise<void> {
    this.#note("drain");
  }

  async close(): Promise<void> {
    this.#note("close");
  }

  connections({ after, limit }: ConnectionQuery): readonly unknown[] {
    return [{ after, limit }];
  }

  load(): { requests: number; connections: number } {
    return { requests: 1 + index, connections: 10 };
  }

  hotKeys() {
    return { pool: { total: 1 + index, untracked: 0, keys: [] } };
  }

  #note(what: string): void {
    this.#happened.push(what);
    const message: FromWorker<FakeReport> = { type: "report", report: [...this.#happened] };
    parentPort?.postMessage(message);
  }
}

/** Reports, and goes round until told. */
function spinAround(until: Int32Array<SharedArrayBuffer>): void {
  const message: FromWorker<FakeReport> = { type: "report", report: ["spins"] };
  parentPort?.postMessage(message);
  while (Atomics.load(until, 0) === 0);
  alive();
  Atomics.store(until, 0, 2);
  Atomics.notify(until, 0);
}

/** Throws where nothing catches, as a bug in the data plane would. */
function throwOutside(message: string): void {
  setImmediate(() => {
    throw new Error(message);
  });
}

const { index } = workerData as { readonly index: number };
/** Gives a sign of life; here, with each message. */
let alive = (): void => {};
parentPort?.on("message", (message: ToWorker<FakeSnapshot, FakeUpdate>) => {
  if (message.type === "begin") alive = beat(message.pulse);
  alive();
});
if (parentPort !== null) servePlane(parentPort, new FakePlane());
