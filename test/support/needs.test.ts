// Is a test without its peer skipped with a reason, and failed in CI?
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { findProgram, needs, needsBuilt } from "./needs.ts";
import { tempDir } from "./temp-dir.ts";

function planned(): { plans: unknown[]; plan(count: number, reason: string): void } {
  const plans: unknown[] = [];
  return { plans, plan: (count, reason) => plans.push([count, reason]) };
}

function setVariables(t: Test, wanted: Readonly<Record<string, string | undefined>>): void {
  const before = Object.keys(wanted).map((name) => [name, process.env[name]] as const);
  set(Object.entries(wanted));
  t.teardown(() => set(before));
}

function set(variables: readonly (readonly [name: string, value: string | undefined])[]): void {
  for (const [name, value] of variables) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

await t.test("a program that is here", async (t) => {
  const test = planned();
  t.equal(needs(test, "sh"), true);
  t.same(test.plans, []);
  t.match(findProgram("sh"), /^\/.*\/sh$/);
});

await t.test("a program that is missing", async (t) => {
  setVariables(t, { CI: undefined });
  const test = planned();
  t.equal(needs(test, "no-such-program-here"), false);
  t.same(test.plans, [[0, "no-such-program-here is not installed"]]);
});

await t.test("a program that is missing in CI", async (t) => {
  setVariables(t, { CI: "true" });
  t.throws(() => needs(planned(), "no-such-program-here"), /nothing may be skipped in CI/);
});

await t.test("what is built from Go modules may be missing where it could not be built", async (t) => {
  const bin = await tempDir(t);
  await writeFile(join(bin, "go"), "#!/bin/sh\n", { mode: 0o755 });
  const { PATH } = process.env;
  const built = (variables: Readonly<Record<string, string | undefined>>): unknown => {
    setVariables(t, { PODMATE_MODULES: undefined, CI: "true", PATH: bin, ...variables });
    const test = planned();
    t.equal(needsBuilt(test, "no-such-program-here"), false);
    return test.plans;
  };
  const skipped = [[0, "no-such-program-here not installed"]];
  t.throws(() => built({}), /\.ci\/run could have built it/);
  t.same(built({ PODMATE_MODULES: "unreachable" }), skipped);
  t.same(built({ CI: undefined }), skipped);
  t.same(built({ PATH: "/nowhere" }), skipped, "there is no Go");
  setVariables(t, { PATH });
  t.ok(needsBuilt(planned(), "sh"));
});
