import t from "tap";
import { EventLoopLag } from "../../../src/lifecycle/overload/event-loop-lag.ts";
import { record } from "../../../src/observe/histogram.ts";
import { privateBlock, WORKER } from "../../../src/observe/metric-layout.ts";

const offset = WORKER.eventLoopDelay;
const thread = () => ({ block: privateBlock("worker"), offset });
const late = ({ block }: { block: Float64Array }, ...delays: number[]) => {
  for (const delay of delays) record(block, offset, delay * 1000);
};

t.test("one pause is no overload; late twice in a row is", (t) => {
  const lag = new EventLoopLag();
  const worker = thread();
  late(worker, 60_000);
  t.equal(lag.look([worker], 1_000), 0, "what was before the first look");
  late(worker, 0, 500);
  t.equal(lag.look([worker], 2_000), 0);
  late(worker, 10, 30);
  t.equal(lag.look([worker], 3_000), 20);
  late(worker, 300);
  t.equal(lag.look([worker], 4_000), 20);
  late(worker, 400);
  t.equal(lag.look([worker], 5_000), 300);
  t.end();
});

t.test("the latest thread counts, and a silent one is as late as it has been silent", (t) => {
  const lag = new EventLoopLag();
  const [one, two] = [thread(), thread()];
  lag.look([one, two], 0);
  for (const at of [1_000, 2_000]) {
    late(one, 5);
    late(two, 50);
    lag.look([one, two], at);
  }
  late(one, 5);
  t.equal(lag.look([one, two], 3_000), 50);
  late(one, 5);
  t.equal(
    lag.look([one, two], 4_000),
    800,
    "2 s of silence less the pause between two questions, and the look before",
  );
  late(one, 5);
  t.equal(lag.look([one], 5_000), 5, "a thread that is gone is not silent");
  t.end();
});
