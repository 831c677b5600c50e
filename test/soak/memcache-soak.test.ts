/** The soak, shortened: every fault once. The long one is `npm run soak`. */
import t from "tap";
import { memcacheSoak } from "../../bench/soak/memcache/memcache-soak.ts";
import { soak } from "../../bench/soak/soak.ts";
import { source } from "../../bench/soak/soak-options.ts";
import { sum } from "../../bench/soak/soak-tally.ts";
import { needs } from "../support/needs.ts";

const step = 300;
const faults = 11;

if (needs(t, "memcached")) {
  t.setTimeout(290_000);
  t.test("every answer belongs to its key while servers die and configurations change", async (t) => {
    const result = await soak(
      {
        protocol: "memcache",
        minutes: 10,
        rounds: 1,
        step,
        seed: 1,
        clients: 8,
        workers: 2,
        hostile: false,
        program: source,
      },
      memcacheSoak,
    );
    const { tally } = result;
    t.same(result.failures, []);
    t.same(tally.wrongAnswers, []);
    t.equal(tally.wrong, 0);
    t.equal(sum(tally.events), faults);
    t.ok(sum(tally.requests) >= step * faults, "there was traffic");
    t.ok(tally.verified > step, "values were compared");
    t.ok(tally.exact > step, "and often it was known which version had to come");
    t.ok(sum(tally.errors) > 0, "the faults were felt");
    t.same(result.leftOver, [], "nothing is held or open in the end");
    t.same(result.errorLines, []);
    t.equal(result.workerRestarts, 0);
    t.equal(result.exitCode, 0);
  });

  t.test("every answer is right beside clients that send garbage and a server that lies", async (t) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    t.comment(`seed ${seed}`);
    const result = await soak(
      {
        protocol: "memcache",
        minutes: 10,
        rounds: 1,
        step: 100,
        seed,
        clients: 8,
        workers: 2,
        hostile: true,
        program: source,
      },
      memcacheSoak,
    );
    const { tally } = result;
    t.same(result.failures, []);
    t.same(tally.wrongAnswers, []);
    t.ok(tally.hostileLines > 1000, "there were hostile lines");
    t.ok(tally.verified > 100, "values were compared");
    const lies = result.facts.find(([name]) => name === "hostile")?.[1];
    t.match(lies, /; [1-9]\d* answers were known for lies/);
    t.same(result.leftOver, [], "nothing is held or open in the end");
    t.same(result.errorLines, []);
    t.equal(result.workerRestarts, 0);
    t.equal(result.exitCode, 0);
  });
}
