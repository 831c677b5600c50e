import { readFileSync } from "node:fs";
import t from "tap";
import { cliPage } from "../../src/cli/cli-page.ts";
import { verbs } from "../../src/cli/verbs.ts";

t.test("docs/cli.md is current; `npm run docs` writes it anew", async (t) => {
  t.equal(readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8"), cliPage(verbs));
});
