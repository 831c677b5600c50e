import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { grafanaDashboard } from "../../../src/observe/dashboard/grafana-dashboard.ts";
import { rows } from "../../../src/observe/dashboard/rows.ts";
import {
  type Entity,
  entities,
  entityLabels,
  exposedName,
  metricsOf,
} from "../../../src/observe/metric-table.ts";
import { findProgram, needs } from "../../support/needs.ts";
import { TestProcess } from "../../support/process.ts";
import { tempDir } from "../../support/temp-dir.ts";

const queries = rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries));

/** The labels of each metric of the table, by the names that a scrape shows. */
const labelsOf = new Map<string, readonly string[]>();
for (const entity of entities) {
  for (const [name, metric] of metricsOf(entity)) {
    const exposed = exposedName(entity, name, metric);
    const labels = ["instance", ...entityLabels[entity], ...(metric.by ? [metric.by.label] : [])];
    if (metric.kind === "histogram") labelsOf.set(`${exposed}_bucket`, [...labels, "le"]);
    else labelsOf.set(exposed, labels);
  }
}

t.test("the dashboard in charts/ is current; `npm run docs` writes it anew", async (t) => {
  const path = new URL("../../../charts/podmate/dashboards/podmate.json", import.meta.url);
  t.equal(readFileSync(path, "utf8"), `${JSON.stringify(grafanaDashboard(), null, 2)}\n`);
});

t.test("every name in a query is that of a metric, and every label one that it has", async (t) => {
  t.ok(queries.length > 50);
  for (const { expr, legend } of queries) {
    const names = expr.match(/\bpodmate_\w+/g) ?? [];
    t.ok(names.length > 0, expr);
    const labels = names.flatMap((name) => labelsOf.get(name) ?? [`no metric: ${name}`]);
    const used = [
      ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(", ")),
      ...[...expr.matchAll(/(\w+)=~?"/g)].map(([, label]) => label!),
      ...[...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!),
    ];
    t.same(
      labels.filter((label) => label.startsWith("no metric")),
      [],
    );
    t.same(
      used.filter((label) => !labels.includes(label)),
      [],
      expr,
    );
  }
});

t.test("everything that has metrics has a panel", async (t) => {
  const shown = queries.map(({ expr }) => expr).join(" ");
  const isShown = (entity: Entity) =>
    metricsOf(entity).some(([name, metric]) => shown.includes(exposedName(entity, name, metric)));
  t.same(
    entities.filter((entity) => !isShown(entity)),
    ["build"],
    "which is what instances are chosen by",
  );
});

t.test("panels do not overlap, and have ids of their own", async (t) => {
  const { panels } = grafanaDashboard() as {
    panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
  };
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  );
  t.equal(new Set(cells).size, cells.length);
});

t.test("promtool parses every query", async (t) => {
  if (!needs(t, "promtool")) return;
  const file = join(await tempDir(t), "rules.json");
  // Grafana fills these in.
  const rules = queries.map(({ expr }, at) => ({
    record: `query_${at}`,
    expr: expr.replaceAll("$__rate_interval", "1m").replaceAll("$instance", ".*"),
  }));
  await writeFile(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
  const child = new TestProcess(t, findProgram("promtool")!, ["check", "rules", file]);
  t.equal((await child.exit).code, 0, child.stdout + child.stderr);
  t.match(child.stdout, `${rules.length} rules found`);
});
