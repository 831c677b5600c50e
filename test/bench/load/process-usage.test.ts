import { existsSync } from "node:fs";
import t from "tap";
import {
  cpuUsageBetween,
  kibibytes,
  parseStatTimes,
  readCpuUsage,
  readMemoryUsage,
} from "../../../bench/load/process-usage.ts";

t.test("a process name may hold spaces and parentheses", async (t) => {
  const stat = "42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 123 45 0 0 20 0 7 0 1 2 3";
  t.same(parseStatTimes(stat), { user: 1_230_000, system: 450_000 });
});

t.test("the exact total is split by the ratio of the ticks", async (t) => {
  const before = { total: 1000, user: 0, system: 0 };
  t.same(cpuUsageBetween(before, { total: 5000, user: 30_000, system: 10_000 }), {
    total: 4000,
    user: 3000,
    system: 1000,
  });
  t.same(cpuUsageBetween(before, { total: 1500, user: 0, system: 0 }), { total: 500, user: 0, system: 500 });
});

t.test("a figure is found by its whole name", async (t) => {
  t.equal(kibibytes("VmRSSx:\t1 kB\nVmRSS:\t  2048 kB\n", "VmRSS"), 2048);
  t.throws(() => kibibytes("VmRSS: 1 kB", "VmHWM"), { message: /no VmHWM/ });
});

t.test(
  "this process has used CPU and memory",
  { skip: !existsSync("/proc/self/smaps_rollup") },
  async (t) => {
    t.ok(readCpuUsage(process.pid).total > 0);
    const memory = readMemoryUsage(process.pid);
    t.ok(memory.resident > 1000 && memory.peak >= memory.resident / 2 && memory.proportional > 1000);
  },
);
