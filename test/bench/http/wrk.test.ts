import t from "tap";
import { wrkResult } from "../../../bench/http/wrk.ts";

const report = { requests: 100, faults: 2, bytes: 30_000, seconds: 2, p50: 1, p99: 2, p999: 3 };
const watched = { total: 1000, user: 300, system: 700 };
const usage = { seconds: 9, requestsPerSecond: 9, ownCpuPerRequest: 9, watched };

t.test("wrk's own clock counts, and the watched processes' CPU", async (t) => {
  t.match(wrkResult(report, 100, usage), {
    requests: 100,
    faults: 2,
    seconds: 2,
    requestsPerSecond: 50,
    latency: { p50: 1, p99: 2, p999: 3 },
    watched,
  });
});

t.test("answers that are too short on the whole are all faults", async (t) => {
  t.equal(wrkResult(report, 1000, usage).faults, 102);
});
