import t from "tap";
import { workerCount } from "../../src/workers/worker-count.ts";

const cpus = 8;

function countWith(files: Readonly<Record<string, string>>): number {
  return workerCount((path) => files[path] ?? null, cpus);
}

t.test("cgroup v2: the quota over the period, rounded down, at least 1", async (t) => {
  const cases: readonly [string, number][] = [
    ["max 100000\n", cpus],
    ["200000 100000\n", 2],
    ["250000 100000\n", 2],
    ["50000 100000\n", 1],
    ["10000 100000", 1],
    ["3200000 100000\n", cpus],
    ["", cpus],
    ["nonsense", cpus],
  ];
  for (const [text, expected] of cases) {
    t.equal(countWith({ "/sys/fs/cgroup/cpu.max": text }), expected, JSON.stringify(text));
  }
});

t.test(
  "cgroup v1: the same from two files, -1 for no quota, under either name of the controller",
  async (t) => {
    for (const folder of ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"]) {
      const files = (quota: string) => ({
        [`${folder}/cpu.cfs_quota_us`]: quota,
        [`${folder}/cpu.cfs_period_us`]: "100000\n",
      });
      t.equal(countWith(files("300000\n")), 3);
      t.equal(countWith(files("-1\n")), cpus);
      t.equal(countWith(files("1000\n")), 1);
    }
  },
);

t.test("without a cgroup: all CPUs", async (t) => {
  t.equal(countWith({}), cpus);
  t.equal(
    workerCount(() => null, 0),
    1,
  );
});
