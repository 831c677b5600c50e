import t from "tap";
import { type Findings, inspectThread } from "../../src/observe/thread-inspector.ts";
import { turns } from "../support/until.ts";

/** Works for so many ms, in which it has a processor to itself, under a name that a profile shows. */
function burnCpu(time: number): void {
  const before = process.cpuUsage();
  while (process.cpuUsage(before).user + process.cpuUsage(before).system < time * 1_000);
}

const kept: object[] = [];
function keepMuch(): void {
  for (let i = 0; i < 100_000; i++) kept.push({ i });
}

t.test("a CPU profile shows who works", async (t) => {
  await inspectThread({ start: "cpu", interval: 1_000 });
  burnCpu(100);
  const profile = (await inspectThread({ stop: "cpu" })) as Findings["cpu"];
  const node = profile.nodes.find(({ callFrame }) => callFrame.functionName === "burnCpu");
  t.ok(profile.samples?.some((id) => id === node?.id));
});

t.test("a heap profile shows who allocates", async (t) => {
  await inspectThread({ start: "heap", interval: 1_024, collected: false });
  keepMuch();
  const { head } = (await inspectThread({ stop: "heap" })) as Findings["heap"];
  t.match(JSON.stringify(head), /"functionName":"keepMuch"/);
  t.equal(kept.length, 100_000);
});

t.test("the delay of the event loop has the longest stall in it", async (t) => {
  await inspectThread({ start: "delay" });
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(() => {
    burnCpu(100);
    setTimeout(resolve, 30);
  }, 30);
  await promise;
  const delay = (await inspectThread({ stop: "delay" })) as Findings["delay"];
  t.ok(delay.max >= 70_000, `${delay.max} µs, where 90,000 are the least that can be`);
  t.ok(delay.min <= delay.p50 && delay.p50 <= delay.p99 && delay.p99 <= delay.max);
  t.ok(delay.utilization > 0 && delay.utilization <= 1);
  t.ok(delay.samples > 0);
});

t.test("what is started twice is started anew, and what is not started cannot be stopped", async (t) => {
  await inspectThread({ start: "delay" });
  await inspectThread({ start: "delay" });
  await turns();
  await inspectThread({ stop: "delay" });
  await t.rejects(inspectThread({ stop: "delay" }), { message: "nobody has started to look at delay" });
});
