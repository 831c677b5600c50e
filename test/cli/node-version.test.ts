import { readFileSync } from "node:fs";
import t from "tap";
import { nodeTooOld, oldestNode } from "../../src/cli/node-version.ts";

t.test("an old Node is named, and what would do", async (t) => {
  t.equal(nodeTooOld("v20.19.0"), "podmate needs Node 24 or later, this is v20.19.0");
  t.equal(nodeTooOld("v9.0.0"), "podmate needs Node 24 or later, this is v9.0.0");
});

t.test("others are well", async (t) => {
  for (const version of ["v24.0.0", "v26.10.0", "v100.0.0-pre", process.version]) {
    t.equal(nodeTooOld(version), undefined, version);
  }
});

t.test("package.json asks for the same", async (t) => {
  const { engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  t.equal(engines.node, `>=${oldestNode}`);
});
