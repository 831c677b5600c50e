import { existsSync, readdirSync, readFileSync } from "node:fs";
import t from "tap";
import { replaceGenerated } from "../../bench/support/generated-section.ts";
import { outcomeTable } from "../../scripts/outcome-table.ts";

const page = readFileSync(new URL("../../docs/failures.md", import.meta.url), "utf8");
const metrics = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");

t.test("the tests that the page names are there", async (t) => {
  const rows = page.split("\n").filter((line) => line.startsWith("| "));
  for (const row of rows) {
    const last = row.split(" | ").at(-1) ?? "";
    for (const [, name] of last.matchAll(/`([\w-]+\/[\w-]+)`/g)) {
      const path = new URL(`../${name}`, import.meta.url);
      t.ok(existsSync(path) || existsSync(`${path.pathname}.test.ts`), String(name));
    }
  }
});

t.test("the table of how requests end is current (npm run docs)", async (t) => {
  t.equal(page, replaceGenerated(page, "outcomes", outcomeTable()));
});

t.test("the metrics that pages name are there", async (t) => {
  const docs = new URL("../../docs/", import.meta.url);
  for (const page of readdirSync(docs).filter((name) => name.endsWith(".md"))) {
    const text = readFileSync(new URL(page, docs), "utf8");
    const named = new Set([...text.matchAll(/\bpodmate_[a-z_]+[a-z]\b/g)].map(([metric]) => metric));
    for (const metric of named) t.ok(metrics.includes(`\`${metric}\``), `${page}: ${metric}`);
  }
});
