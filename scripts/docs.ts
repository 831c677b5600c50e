import { writeFileSync } from "node:fs";
import { cliPage } from "../src/cli/cli-page.ts";
import { verbs } from "../src/cli/verbs.ts";
import { settingsPage } from "../src/config/settings-page.ts";
import { grafanaDashboard } from "../src/observe/dashboard/grafana-dashboard.ts";
import { metricsPage } from "../src/observe/metrics-page.ts";

// Writes the pages of docs/ and the dashboard that derive from the code. A test of each checks that it is current.
writeFileSync(new URL("../docs/settings.md", import.meta.url), settingsPage());
writeFileSync(new URL("../docs/metrics.md", import.meta.url), metricsPage());
writeFileSync(new URL("../docs/cli.md", import.meta.url), cliPage(verbs));
writeFileSync(
  new URL("../charts/podmate/dashboards/podmate.json", import.meta.url),
  `${JSON.stringify(grafanaDashboard(), null, 2)}\n`,
);
