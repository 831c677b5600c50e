import t from "tap";
import { Deadline } from "../../src/lifecycle/deadline.ts";
import { longestFarewell, lookEvery, type ShutdownSettings, shutDown } from "../../src/lifecycle/shutdown.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeDraining, settle } from "../support/fake-draining.ts";

function begin(plane: FakeDraining, drain: number, { mode, quiet }: ShutdownSettings) {
  const clock = new FakeClock();
  const deadline = new Deadline(clock, drain);
  const done = shutDown(plane, { mode, quiet, deadline, clock });
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= lookEvery) {
      await settle();
      clock.advance(Math.min(left, lookEvery));
    }
    await settle();
  };
  return { clock, deadline, done, pass };
}

const native: ShutdownSettings = { mode: "native", quiet: 0 };
const sidecar: ShutdownSettings = { mode: "sidecar", quiet: 1_000 };

t.test("native: drains at once and closes when the last client is gone", async (t) => {
  const plane = new FakeDraining();
  plane.connections = 3;
  const { clock, done } = begin(plane, 25_000, native);
  await settle();
  t.same(plane.told, ["drain"]);
  plane.drained.resolve();
  t.equal(await done, "drained");
  t.same(plane.told, ["drain", "close"]);
  t.equal(clock.pending, 0);
});

t.test("native: what is not done at the deadline is cut, and not before", async (t) => {
  const plane = new FakeDraining();
  const { clock, done } = begin(plane, 25_000, native);
  await settle();
  clock.advance(24_999);
  await settle();
  t.same(plane.told, ["drain"], "nothing is cut before the deadline");
  clock.advance(1);
  t.equal(await done, "deadline");
  t.same(plane.told, ["drain", "close"]);
});

t.test(
  "sidecar: serves on while a client is connected, and ends when it has been quiet for long",
  async (t) => {
    const plane = new FakeDraining();
    plane.connections = 1;
    plane.drained.resolve();
    const { done, pass } = begin(plane, 25_000, sidecar);
    await pass(5_000);
    t.same(plane.told, []);
    plane.connections = 0;
    await pass(800);
    t.same(plane.told, [], "an app that reconnects is gone for a moment");
    await pass(lookEvery);
    t.equal(await done, "drained");
    t.same(plane.told, ["drain", "close"]);
  },
);

t.test("sidecar: an app that comes and goes between two looks is not taken for gone", async (t) => {
  const plane = new FakeDraining();
  plane.drained.resolve();
  const { done, pass } = begin(plane, 60_000, sidecar);
  for (let round = 0; round < 10; round++) {
    plane.accepted++;
    await pass(800);
    t.same(plane.told, []);
  }
  await pass(1_000);
  t.equal(await done, "drained");
});

t.test(
  "sidecar: clients that stay are let go when the deadline is near, and cut when it has come",
  async (t) => {
    const plane = new FakeDraining();
    plane.connections = 1;
    const { clock, done, pass } = begin(plane, 60_000, sidecar);
    await pass(60_000 - longestFarewell - lookEvery);
    t.same(plane.told, []);
    await pass(lookEvery);
    t.same(plane.told, ["drain"]);
    await pass(longestFarewell);
    t.equal(await done, "deadline");
    t.same(plane.told, ["drain", "close"]);
    clock.advance(lookEvery);
    await settle();
    t.equal(clock.pending, 0, "it looks no more");
  },
);

t.test("a deadline can be brought forward, and not be put off", async (t) => {
  const plane = new FakeDraining();
  const { clock, deadline, done } = begin(plane, 25_000, native);
  await settle();
  deadline.hasten(60_000);
  t.equal(deadline.left, 25_000);
  deadline.hasten(1_000);
  clock.advance(999);
  await settle();
  t.same(plane.told, ["drain"]);
  clock.advance(1);
  t.equal(await done, "deadline");
});
