import { spawnSync } from "node:child_process";
import t from "tap";
import { Exposition } from "../../src/observe/exposition.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import { exampleMetrics } from "../support/example-metrics.ts";
import { findProgram } from "../support/needs.ts";

// promtool is in Debian's package prometheus. test/observe/exposition.test.ts checks the same rules without it, so
// where it is missing nothing goes unchecked.
const promtool = findProgram("promtool");
const opts = promtool === undefined ? { skip: "promtool is not installed (Debian package prometheus)" } : {};

for (const [what, metrics] of [
  ["metrics with traffic", exampleMetrics()],
  ["metrics of nothing", new MetricRegistry()],
] as const) {
  t.test(`promtool has nothing to say about ${what}`, opts, async (t) => {
    const input = await new Exposition(metrics).text();
    const { status, stdout, stderr } = spawnSync(promtool!, ["check", "metrics"], {
      input,
      encoding: "utf8",
    });
    t.equal(stdout + stderr, "");
    t.equal(status, 0);
  });
}
