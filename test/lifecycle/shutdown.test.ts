import { setImmediate as turn } from "node:timers/promises";
import t from "tap";
import { type Draining, lookEvery, shutDown } from "../../src/lifecycle/shutdown.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A data plane with as many clients as the test says, and a note of what it was told. */
class FakePlane implements Draining {
  readonly told: string[] = [];
  connections = 0;
  requests = 0;
  readonly drained = Promise.withResolvers<void>();

  async load(): Promise<{ requests: number; connections: number }> {
    return { requests: this.requests, connections: this.connections };
  }

  drain(): Promise<void> {
    this.told.push("drain");
    return this.drained.promise;
  }

  async close(): Promise<void> {
    this.told.push("close");
  }
}

/** Lets promises that are due settle. */
async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) await turn();
}

t.test("native: drains at once and closes when the last client is gone", async (t) => {
  const plane = new FakePlane();
  plane.connections = 3;
  const clock = new FakeClock();
  const done = shutDown(plane, { mode: "native", drain: 25_000, clock });
  await settle();
  t.same(plane.told, ["drain"]);
  plane.drained.resolve();
  t.equal(await done, "drained");
  t.same(plane.told, ["drain", "close"]);
  t.equal(clock.pending, 0);
});

t.test("native: what is not done at the deadline is cut", async (t) => {
  const plane = new FakePlane();
  const clock = new FakeClock();
  const done = shutDown(plane, { mode: "native", drain: 25_000, clock });
  await settle();
  clock.advance(24_999);
  await settle();
  t.same(plane.told, ["drain"], "nothing is cut before the deadline");
  clock.advance(1);
  t.equal(await done, "deadline");
  t.same(plane.told, ["drain", "close"]);
});

t.test("sidecar: serves on while a client is connected, and ends when two looks find none", async (t) => {
  const plane = new FakePlane();
  plane.connections = 1;
  plane.drained.resolve();
  const clock = new FakeClock();
  const done = shutDown(plane, { mode: "sidecar", drain: 25_000, clock });
  for (let look = 0; look < 10; look++) {
    await settle();
    clock.advance(lookEvery);
  }
  t.same(plane.told, []);
  plane.connections = 0;
  await settle();
  clock.advance(lookEvery);
  t.same(plane.told, [], "one look is not enough: an app that reconnects is gone for a moment");
  await settle();
  clock.advance(lookEvery);
  t.equal(await done, "drained");
  t.same(plane.told, ["drain", "close"]);
});

t.test("sidecar: a client that stays is cut at the deadline", async (t) => {
  const plane = new FakePlane();
  plane.connections = 1;
  const clock = new FakeClock();
  const done = shutDown(plane, { mode: "sidecar", drain: 1_000, clock });
  for (let look = 0; look < 5; look++) {
    await settle();
    clock.advance(lookEvery);
  }
  t.equal(await done, "deadline");
  t.same(plane.told, ["close"]);
  clock.advance(lookEvery);
  await settle();
  t.equal(clock.pending, 0, "it looks no more");
});
