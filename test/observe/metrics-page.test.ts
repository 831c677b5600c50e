import { readFileSync } from "node:fs";
import t from "tap";
import { entities, exposedName, metricsOf } from "../../src/observe/metric-table.ts";
import { metricsPage, metricsText } from "../../src/observe/metrics-page.ts";

const names = entities.flatMap((entity) =>
  metricsOf(entity).map(([name, metric]) => exposedName(entity, name, metric)),
);

t.test("docs/metrics.md is current; `npm run docs` writes it anew", async (t) => {
  const committed = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  t.equal(committed, metricsPage());
});

t.test("the page and the text name every metric once", async (t) => {
  for (const name of names) {
    t.equal(metricsPage().split(`| \`${name}\` |`).length, 2, name);
    t.equal(metricsText().split(new RegExp(`^${name} `, "m")).length, 2, name);
  }
});

t.test("the text has one line per metric, in columns", async (t) => {
  const lines = metricsText().trimEnd().split("\n");
  t.equal(lines.length, names.length);
  const helpColumn = lines.map((line) => /^\S+ +\w+ +[\w,-]+ +/.exec(line)?.[0].length);
  t.equal(new Set(helpColumn).size, 1);
});

t.test("help is one sentence, with a full stop", async (t) => {
  for (const entity of entities) {
    for (const [name, { help }] of metricsOf(entity)) t.match(help, /^[A-Z1].*[^.]\.$/, `${entity} ${name}`);
  }
});
