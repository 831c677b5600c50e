import t from "tap";
import { Tally } from "../../../bench/load/tally.ts";
import { memcacheRound } from "../../../bench/memcache/run-load.ts";

t.test("a round counts every kind of fault", async (t) => {
  const tally = new Tally();
  const faults = { wrong: 1, serverErrors: 2, clientErrors: 3, lost: 4, reconnects: 5 };
  Object.assign(tally, { requests: 100, misses: 6, ...faults });
  const made = memcacheRound({
    ...tally.report(),
    seconds: 2,
    requestsPerSecond: 50,
    ownCpuPerRequest: 7,
    watched: { total: 1000, user: 300, system: 700 },
  });
  t.match(made, { cpu: 10, throughput: 50, faults: 15, misses: 6 });
});
