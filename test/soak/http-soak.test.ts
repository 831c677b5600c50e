/** The soak of HTTP in either version, shortened: every fault once. The long ones are `npm run soak -- http` and `… http2`. */
import t from "tap";
import { httpSoak } from "../../bench/soak/http/http-soak.ts";
import { soak } from "../../bench/soak/soak.ts";
import { source } from "../../bench/soak/soak-options.ts";
import { sum } from "../../bench/soak/soak-tally.ts";
import { needs } from "../support/needs.ts";

/** Answers between two faults: fewer where the same machinery has been tried before. */
const steps = { http: 100, http2: 40 } as const;
const faults = 20;

/** Every answer belongs to its request while servers fail and configurations change. */
function soakTest(protocol: "http" | "http2"): void {
  const step = steps[protocol];
  t.test(protocol, async (t) => {
    const result = await soak(
      {
        protocol,
        minutes: 10,
        rounds: 1,
        step,
        seed: 1,
        clients: 8,
        workers: 2,
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
    const kinds = [...tally.requests.keys()];
    if (protocol === "http") t.ok(kinds.includes("tunnel"), "there were tunnels");
    else t.ok(kinds.some((kind) => kind.endsWith(", HTTP/2")) && !kinds.includes("tunnel"));
    t.same(result.leftOver, [], "nothing is under way or open in the end");
    t.same(result.errorLines, []);
    t.equal(result.workerRestarts, 0);
    t.equal(result.exitCode, 0);
  });
}

if (needs(t, "nginx")) {
  t.setTimeout(360_000);
  soakTest("http");
  soakTest("http2");
}
