import t from "tap";
import { MemoryWarnings } from "../../../src/lifecycle/overload/memory-warnings.ts";

t.test("each threshold is told of once, until memory has been well below it", (t) => {
  const warnings = new MemoryWarnings();
  for (const [percent, told] of [
    [null, null],
    [79, null],
    [80, 80],
    [94, null],
    [95, 95],
    [99, null],
    [86, null],
    [95, null],
    [85, null],
    [96, 95],
    [71, null],
    [100, 95],
    [null, null],
    [80, 80],
  ] as const) {
    t.equal(warnings.on(percent, [80, 95]), told, `${percent} %`);
  }
  t.end();
});

t.test("a reload may change the thresholds", (t) => {
  const warnings = new MemoryWarnings();
  t.equal(warnings.on(90, [80]), 80);
  t.equal(warnings.on(90, [70]), 70);
  t.equal(warnings.on(90, [80]), 80);
  t.equal(warnings.on(90, []), null);
  t.end();
});
