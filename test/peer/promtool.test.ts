import { spawnSync } from "node:child_process";
import t from "tap";
import { Exposition } from "../../src/observe/exposition.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import { exampleMetrics } from "../support/example-metrics.ts";
import { findProgram, needs } from "../support/needs.ts";

for (const [what, metrics] of [
  ["metrics with traffic", exampleMetrics()],
  ["metrics of nothing", new MetricRegistry()],
] as const) {
  t.test(`promtool has nothing to say about ${what}`, async (t) => {
    // In Debian's package prometheus.
    if (!needs(t, "promtool")) return;
    const input = await new Exposition(metrics).text();
    const { status, stdout, stderr } = spawnSync(findProgram("promtool")!, ["check", "metrics"], {
      input,
      encoding: "utf8",
    });
    t.equal(stdout + stderr, "");
    t.equal(status, 0);
  });
}
