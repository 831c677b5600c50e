import { writeFileSync } from "node:fs";
import { cliPage } from "../src/cli/cli-page.ts";
import { verbs } from "../src/cli/verbs.ts";
import { settingsPage } from "../src/config/settings-page.ts";
import { metricsPage } from "../src/observe/metrics-page.ts";

// Writes the pages of docs/ that derive from the code. A test of each page checks that it is current.
writeFileSync(new URL("../docs/settings.md", import.meta.url), settingsPage());
writeFileSync(new URL("../docs/metrics.md", import.meta.url), metricsPage());
writeFileSync(new URL("../docs/cli.md", import.meta.url), cliPage(verbs));
