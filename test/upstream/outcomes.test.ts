import t from "tap";
import { ownAnswers } from "../../src/proxy/http/own-answer.ts";
import { type Outcome, outcomes } from "../../src/upstream/outcomes.ts";

for (const [name, outcome] of Object.entries<Outcome>(outcomes)) {
  t.test(name, async (t) => {
    const { fault, counts, http, memcache } = outcome;
    t.ok(!counts || fault === "server", "nobody is ejected for what is not his own fault");
    t.ok(http !== null || memcache !== null, "it happens somewhere");
    if (http?.answer != null) t.ok(http.answer in ownAnswers, `${http.answer} is an answer of podmate's`);
    if (http !== null && http.retry !== "never")
      t.ok(http.error, "only a failed attempt is followed by another");
  });
}
