import t from "tap";
import { histogramLength, quantile, record } from "../../src/observe/histogram.ts";
import { MetricInstance } from "../../src/observe/metric-instance.ts";
import { markEvery, RecentLatency } from "../../src/observe/recent-latency.ts";

t.test("what was recorded long ago is left out, for who looks again and again", async (t) => {
  let now = 0;
  const recent = new RecentLatency(() => now);
  const instance = new MetricInstance("pool", "main");
  const all = new Float64Array(histogramLength);
  const median = () => quantile(recent.of(instance, all), 0, 0.5);

  for (let i = 0; i < 100; i++) record(all, 0, 10);
  t.ok(Number.isNaN(median()), "at the first look, nothing: it may be of long ago");
  now += markEvery;
  record(all, 0, 1_000);
  t.ok(median() > 900, "then what has come since the mark before");
  now += markEvery;
  t.equal(Number.isNaN(median()), true, "nothing, where nothing has come");
  record(all, 0, 16);
  t.equal(median(), 16);
});

t.test(
  "the while is at least the pause between two marks, and instances have marks of their own",
  async (t) => {
    let now = 0;
    const recent = new RecentLatency(() => now);
    const [one, other] = [new MetricInstance("pool", "one"), new MetricInstance("pool", "other")];
    const all = new Float64Array(histogramLength);
    recent.of(one, all);
    record(all, 0, 5);
    now += markEvery;
    t.equal(recent.of(one, all)[0], 1);
    now += markEvery - 1;
    record(all, 0, 6);
    t.equal(recent.of(one, all)[0], 2, "both are younger than two marks");
    t.equal(recent.of(other, all)[0], 0, "the other is looked at for the first time");
    record(all, 0, 7);
    t.equal(recent.of(other, all)[0], 1);
  },
);
