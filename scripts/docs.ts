import { writeFileSync } from "node:fs";
import { settingsPage } from "../src/config/settings-page.ts";
import { metricsPage } from "../src/observe/metrics-page.ts";

// Writes the pages of docs/ that derive from the code. A test of each page checks that it is current.
writeFileSync(new URL("../docs/settings.md", import.meta.url), settingsPage());
writeFileSync(new URL("../docs/metrics.md", import.meta.url), metricsPage());
