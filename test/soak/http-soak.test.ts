/** The soak of HTTP, shortened: every fault once. The long one is `npm run soak -- http`. */
import t from "tap";
import { httpSoak } from "../../bench/soak/http/http-soak.ts";
import { soak } from "../../bench/soak/soak.ts";
import { source } from "../../bench/soak/soak-options.ts";
import { sum } from "../../bench/soak/soak-tally.ts";
import { needs } from "../support/needs.ts";

const step = 100;
const faults = 20;

if (needs(t, "nginx")) {
  t.setTimeout(290_000);
  t.test("every answer belongs to its request while servers fail and configurations change", async (t) => {
    const result = await soak(
      {
        protocol: "http",
        minutes: 10,
        rounds: 1,
        step,
        seed: 1,
        clients: 8,
        workers: 2,
        hostile: false,
        program: source,
      },
      httpSoak,
    );
    const { tally } = result;
    t.same(result.failures, []);
    t.same(tally.wrongAnswers, []);
    t.equal(tally.wrong, 0);
    t.equal(sum(tally.events), faults);
    t.same([...tally.calmErrors], []);
    t.ok(tally.verified > step * faults, "answers were compared");
    t.ok(tally.atHome > step, "and often it was known where they had to come from");
    t.ok(tally.posts.size > step, "and what was carried out");
    t.ok(sum(tally.errors) > 0, "the faults were felt");
    t.ok((tally.requests.get("tunnel") ?? 0) > 0, "there were tunnels");
    t.same(result.leftOver, [], "nothing is under way or open in the end");
    t.same(result.errorLines, []);
    t.equal(result.workerRestarts, 0);
    t.equal(result.exitCode, 0);
  });
}
