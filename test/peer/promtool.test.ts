import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { Exposition } from "../../src/observe/exposition.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import { exampleMetrics } from "../support/example-metrics.ts";
import { findProgram, needs } from "../support/needs.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";

async function promtool(t: Test, args: readonly string[], input = "") {
  const child = new TestProcess(t, findProgram("promtool")!, args, { input });
  const { code } = await child.exit;
  return { code, output: child.stdout + child.stderr };
}

for (const [what, metrics] of [
  ["metrics with traffic", exampleMetrics()],
  ["metrics of nothing", new MetricRegistry()],
] as const) {
  // promtool is in Debian's package prometheus.
  t.test(`promtool has nothing to say about ${what}`, async (t) => {
    if (!needs(t, "promtool")) return;
    const text = await new Exposition(metrics).text();
    t.same(await promtool(t, ["check", "metrics"], text), { code: 0, output: "" });
  });
}

t.test("Prometheus reads the OpenMetrics text", async (t) => {
  if (!needs(t, "promtool")) return;
  const folder = await tempDir(t);
  const text = await new Exposition(exampleMetrics(), "openmetrics").text();
  // What is read back from a file must say when it was; a scrape need not.
  const dated = text.replace(/^(?!#).+$/gm, "$& 1700000000");
  const file = join(folder, "metrics.txt");
  await writeFile(file, dated);
  const { code, output } = await promtool(t, ["tsdb", "create-blocks-from", "openmetrics", file, folder]);
  t.equal(code, 0, output);
  t.match(output, /BLOCK ULID/);
});
