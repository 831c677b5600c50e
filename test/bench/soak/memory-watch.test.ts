import t from "tap";
import { hasGrown, perMinute, slopePerMinute } from "../../../bench/soak/memory-watch.ts";

const seconds = (count: number, figure: (second: number) => number): number[] =>
  Array.from({ length: count }, (_, second) => figure(second));

t.test("minutes are summed up, the last one as far as it goes", async (t) => {
  t.same(perMinute(seconds(90, (second) => second)), [
    { median: 29.5, min: 0, max: 59 },
    { median: 74.5, min: 60, max: 89 },
  ]);
});

t.test("growth counts after a quarter of the run, or five minutes", async (t) => {
  const early = seconds(240, (second) => 100_000 + Math.min(second, 60) * 2000);
  t.equal(slopePerMinute(early), 0);
  t.notOk(hasGrown(early));
  const steady = seconds(240, (second) => 100_000 + second * 500);
  t.equal(Math.round(slopePerMinute(steady)), 30_000);
  t.ok(hasGrown(steady));
  const long = seconds(3600, (second) => 100_000 + Math.min(second, 300) * 2000);
  t.equal(slopePerMinute(long), 0);
  t.ok(slopePerMinute(seconds(3600, (second) => 100_000 + Math.min(second, 400) * 2000)) > 0);
});

t.test("what comes and goes within a minute does not count", async (t) => {
  const garbage = seconds(1200, (second) => 100_000 + (second % 50) * second);
  t.ok(Math.abs(slopePerMinute(garbage)) < 100);
  t.notOk(hasGrown(garbage));
});

t.test("nor, in a long run, what comes and goes within some minutes", async (t) => {
  const tooth = (second: number) => 200_000 + ((second + 30) % 270) * 400;
  t.notOk(hasGrown(seconds(2400, tooth)));
  t.ok(hasGrown(seconds(2400, (second) => tooth(second) + second * 50)));
});

t.test("a short run says nothing about growth", async (t) => {
  t.ok(Number.isNaN(slopePerMinute(seconds(100, (second) => second))));
  t.notOk(hasGrown(seconds(100, (second) => second * 1000)));
});
