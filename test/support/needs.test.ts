// Is a test without its peer skipped with a reason, and failed in CI?
import t from "tap";
import { findProgram, needs } from "./needs.ts";

function planned(): { plans: unknown[]; plan(count: number, reason: string): void } {
  const plans: unknown[] = [];
  return { plans, plan: (count, reason) => plans.push([count, reason]) };
}

await t.test("a program that is here", async (t) => {
  const test = planned();
  t.equal(needs(test, "sh"), true);
  t.same(test.plans, []);
  t.match(findProgram("sh"), /^\/.*\/sh$/);
});

await t.test("a program that is missing", async (t) => {
  const { CI } = process.env;
  delete process.env["CI"];
  t.teardown(() => {
    if (CI !== undefined) process.env["CI"] = CI;
  });
  const test = planned();
  t.equal(needs(test, "no-such-program-here"), false);
  t.same(test.plans, [[0, "no-such-program-here is not installed"]]);
});

await t.test("a program that is missing in CI", async (t) => {
  const { CI } = process.env;
  process.env["CI"] = "true";
  t.teardown(() => {
    if (CI === undefined) delete process.env["CI"];
    else process.env["CI"] = CI;
  });
  t.throws(() => needs(planned(), "no-such-program-here"), /nothing may be skipped in CI/);
});
