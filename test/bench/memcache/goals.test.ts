import t from "tap";
import { memcacheGoals } from "../../../bench/memcache/goals.ts";
import { benchResults, contender, round } from "../../support/bench-results.ts";

const podmate = contender("podmate", [round(8), round(20), round(9)]);
const twemproxy = contender("twemproxy", [round(10), round(25), round(12)]);

function missed(...contenders: (typeof podmate)[]): string[] {
  return memcacheGoals.missed(benchResults([{ id: "ping-pong", title: "50 clients", contenders }]));
}

t.test("every missed goal is named with its distance", async (t) => {
  t.same(missed(podmate, twemproxy), []);
  const slow = contender("podmate", [round(11), round(25), round(13)]);
  const two = contender("podmate, 2 workers", [round(20), round(50), round(24)]);
  t.same(missed(slow, two, twemproxy), [
    "50 clients: CPU per request is 1.08 of twemproxy's, not 0.8",
    "50 clients: p99 is 1.08 of twemproxy's",
    "50 clients: with two workers, throughput is 0.50 of twemproxy's",
  ]);
  const large = { ...podmate, idle: { ...podmate.idle, resident: 100_000 } };
  t.same(missed(large, twemproxy), ["Idle: 102.4 MB resident, not 75"]);
});

t.test("without twemproxy there is nothing to judge by", async (t) => {
  t.same(missed(podmate), []);
  t.notOk(memcacheGoals.canJudge(benchResults([{ id: "a", title: "a", contenders: [podmate] }])));
});
