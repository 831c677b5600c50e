import { readFileSync, writeFileSync } from "node:fs";
import { replaceGenerated } from "../bench/support/generated-section.ts";
import { writeReadmeFigures } from "../bench/support/readme-figures.ts";
import { cliPage } from "../src/cli/cli-page.ts";
import { verbs } from "../src/cli/verbs.ts";
import { settingsPage } from "../src/config/settings-page.ts";
import { grafanaDashboard } from "../src/observe/dashboard/grafana-dashboard.ts";
import { metricsPage } from "../src/observe/metrics-page.ts";
import { chartFiles } from "./chart/chart-files.ts";
import { headProblemTable } from "./head-problem-table.ts";
import { outcomeTable } from "./outcome-table.ts";

// Writes the pages of docs/, the dashboard and the values of the charts, which derive from the code. A test of each
// checks that it is current.
writeFileSync(new URL("../docs/settings.md", import.meta.url), settingsPage());
writeFileSync(new URL("../docs/metrics.md", import.meta.url), metricsPage());
writeFileSync(new URL("../docs/cli.md", import.meta.url), cliPage(verbs));
const errors = new URL("../docs/errors.md", import.meta.url);
writeFileSync(errors, replaceGenerated(readFileSync(errors, "utf8"), "head problems", headProblemTable()));
const failures = new URL("../docs/failures.md", import.meta.url);
writeFileSync(failures, replaceGenerated(readFileSync(failures, "utf8"), "outcomes", outcomeTable()));
writeReadmeFigures();
writeFileSync(
  new URL("../charts/podmate/dashboards/podmate.json", import.meta.url),
  `${JSON.stringify(grafanaDashboard(), null, 2)}\n`,
);
for (const { path, content } of chartFiles()) {
  writeFileSync(new URL(`../${path}`, import.meta.url), content);
}
