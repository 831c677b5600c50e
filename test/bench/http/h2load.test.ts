import t from "tap";
import { h2loadResult } from "../../../bench/http/h2load.ts";

const report = `finished in 1.00s, 4.00 req/s, 1.2KB/s
requests: 4 total, 4 started, 4 done, 3 succeeded, 1 failed, 0 errored, 0 timeout
status codes: 3 2xx, 0 3xx, 0 4xx, 1 5xx
traffic: 1.21KB (1236) total, 120B (120) headers (space savings 90.00%), 300B (300) data
`;
const log = "1795\t200\t30\n1796\t200\t10\n1797\t200\t20\n1798\t503\t40\n";

t.test("what h2load prints, and its log", async (t) => {
  t.match(h2loadResult(report, log, 2, 100), {
    requests: 3,
    faults: 1,
    seconds: 2,
    requestsPerSecond: 1.5,
    latency: { p50: 30, p99: 40, p999: 40 },
  });
});

t.test("answers that are too short on the whole are all faults", async (t) => {
  t.equal(h2loadResult(report, log, 2, 101).faults, 4);
});
