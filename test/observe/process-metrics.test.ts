import { setImmediate } from "node:timers/promises";
import t from "tap";
import { histogramCount, histogramSum } from "../../src/observe/histogram.ts";
import { askEvery } from "../../src/observe/loop-delay.ts";
import { outcome } from "../../src/observe/metric-labels.ts";
import { BUILD, PROCESS } from "../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import { ProcessMetrics } from "../../src/observe/process-metrics.ts";
import { FakeClock } from "../support/fake-clock.ts";

t.test("the process tells its version, times, memory and reloads", async (t) => {
  const metrics = new MetricRegistry();
  const own = new ProcessMetrics(metrics, "1.2.3");
  own.applied(4, 1_700_000_000_000);
  own.reloaded("failed");
  // The event loop's times begin with its first turn.
  await setImmediate();
  await own.update({ suppressed: 9, dropped: 2 });
  const [build] = metrics.instances("build");
  t.same(build?.labels, { version: "1.2.3", node: process.versions.node });
  t.equal(build?.value(BUILD.info), 1);
  const values = metrics.find("process", "")!;
  t.equal(values.value(PROCESS.configVersion), 4);
  t.equal(values.value(PROCESS.configAppliedSeconds), 1_700_000_000);
  t.equal(values.value(PROCESS.configReloads + outcome.failed), 1);
  t.equal(values.value(PROCESS.configReloads + outcome.ok), 0);
  t.equal(values.value(PROCESS.logLinesSuppressed), 9);
  t.equal(values.value(PROCESS.logLinesDropped), 2);
  t.ok(values.value(PROCESS.cpuSeconds) > 0);
  t.ok(values.value(PROCESS.eventLoopActiveSeconds) > 0);
  t.ok(values.value(PROCESS.openFds) >= 3);
  t.ok(values.value(PROCESS.maxFds) >= values.value(PROCESS.openFds));
  t.ok(values.value(PROCESS.residentMemoryBytes) > values.value(PROCESS.heapUsedBytes));
  t.ok(values.value(PROCESS.startTimeSeconds) > 1_700_000_000);
});

t.test("how late the event loop is, is asked regularly until that is cancelled", async (t) => {
  const metrics = new MetricRegistry();
  const clock = new FakeClock();
  const cancel = new ProcessMetrics(metrics, "1.2.3").watch(clock);
  const block = metrics.block("process", "");
  clock.advance(askEvery);
  t.equal(histogramSum(block, PROCESS.eventLoopDelay), 0);
  // The loop is busy for 30 ms more than the pause that was asked for.
  clock.jump(30);
  clock.advance(askEvery);
  t.equal(histogramCount(block, PROCESS.eventLoopDelay), 2);
  t.equal(histogramSum(block, PROCESS.eventLoopDelay), 30_000);
  cancel();
  t.equal(clock.pending, 0);
});
