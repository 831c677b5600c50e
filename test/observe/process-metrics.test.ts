import t from "tap";
import { outcome } from "../../src/observe/metric-labels.ts";
import { BUILD, PROCESS } from "../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import { ProcessMetrics } from "../../src/observe/process-metrics.ts";

t.test("the process tells its version, times, memory and reloads", async (t) => {
  const metrics = new MetricRegistry();
  const own = new ProcessMetrics(metrics, "1.2.3");
  own.applied(4, 1_700_000_000_000);
  own.reloaded("failed");
  own.update(9);
  const [build] = metrics.instances("build");
  t.same(build?.labels, { version: "1.2.3", node: process.versions.node });
  t.equal(build?.value(BUILD.info), 1);
  const values = metrics.find("process", "")!;
  t.equal(values.value(PROCESS.configVersion), 4);
  t.equal(values.value(PROCESS.configAppliedSeconds), 1_700_000_000);
  t.equal(values.value(PROCESS.configReloads + outcome.failed), 1);
  t.equal(values.value(PROCESS.configReloads + outcome.ok), 0);
  t.equal(values.value(PROCESS.logLinesSuppressed), 9);
  t.ok(values.value(PROCESS.cpuSeconds) > 0);
  t.ok(values.value(PROCESS.residentMemoryBytes) > values.value(PROCESS.heapUsedBytes));
  t.ok(values.value(PROCESS.startTimeSeconds) > 1_700_000_000);
});
