import t from "tap";
import { Problem, problemAnswer } from "../../src/admin/problem.ts";

t.test("what is podmate's own fault is logged, and told without its reason", async (t) => {
  const logged: object[] = [];
  const error = new TypeError("x is not a function");
  const { status, body } = problemAnswer(error, (fields) => logged.push(fields));
  t.equal(status, 500);
  t.notMatch(body, "x is not");
  t.same(logged, [{ err: error }]);
});

t.test("what is said on purpose is no fault, whatever its status", async (t) => {
  for (const status of [404, 501, 503]) {
    const answer = problemAnswer(new Problem(status, "No", "not configured"), () => t.fail("must not log"));
    t.equal(answer.status, status);
    t.match(JSON.parse(answer.body), { status, title: "No", detail: "not configured" });
  }
});
