import t from "tap";
import { cgroupReader } from "../../../src/lifecycle/overload/cgroup.ts";
import { findMemoryV1, readMemoryV1 } from "../../../src/lifecycle/overload/cgroup-v1.ts";

const stat = `cache 300
rss 400
inactive_file 1
active_file 2
hierarchical_memory_limit 1000
hierarchical_memsw_limit 9223372036854771712
total_cache 300
total_inactive_file 150
total_active_file 100
`;

/** Reads from these files alone. */
const from = (files: Readonly<Record<string, string>>) => async (path: string) => files[path] ?? null;

t.test("memory without pages of files, and the lowest limit that applies", async (t) => {
  const files = { "/m/memory.stat": stat, "/m/memory.usage_in_bytes": "770\n" };
  t.same(await readMemoryV1("/m", from(files)), { used: 520, limit: 1000 });
});

t.test("no limit, and what makes no sense, is not known", async (t) => {
  const read = (stat: string, usage = "770\n") =>
    readMemoryV1("/m", from({ "/m/memory.stat": stat, "/m/memory.usage_in_bytes": usage }));
  t.equal(await readMemoryV1("/m", from({})), null);
  t.equal(await read(stat.replace("limit 1000", "limit 9223372036854771712")), null);
  t.equal(await read(stat.replace("limit 1000", "limit 0")), null);
  t.equal(await read("anon 400\nfile 300\n"), null, "a cgroup v2 of that name");
  t.equal(await read(stat, "max"), null);
  t.equal(await readMemoryV1("/m", from({ "/m/memory.stat": stat })), null);
  t.same(await read("hierarchical_memory_limit 1000"), { used: 770, limit: 1000 });
  t.same(await read(stat, "7"), { used: 0, limit: 1000 });
});

t.test("the process's own cgroup is found", async (t) => {
  const find = (own: string | null) =>
    findMemoryV1(
      async (path) =>
        path === "/proc/self/cgroup" ? own : path === "/v1/docker/c1/memory.stat" ? stat : null,
      "/v1",
    );
  t.equal(await find("5:cpu:/x\n4:memory:/docker/c1\n0::/\n"), "/v1/docker/c1");
  t.equal(await find("4:cpuset,memory:/docker/c1\n"), "/v1/docker/c1");
  t.equal(await find("4:memory:/docker/other\n"), "/v1", "in a container");
  t.equal(await find("4:memory:/../c1\n"), "/v1", "of another namespace");
  t.equal(await find("0::/docker/c1\n"), "/v1");
  t.equal(await find(null), "/v1");
});

t.test("v1 stands in where v2 has no limit of memory", async (t) => {
  const v1 = {
    "/sys/fs/cgroup/memory/memory.stat": stat,
    "/sys/fs/cgroup/memory/memory.usage_in_bytes": "770\n",
  };
  const v2 = { "/sys/fs/cgroup/memory.max": "9000\n", "/sys/fs/cgroup/memory.current": "5\n" };
  t.match(await cgroupReader(from(v1))(null), { memory: { used: 520, limit: 1000 } });
  t.match(await cgroupReader(from({ ...v1, ...v2 }))(null), { memory: { used: 5, limit: 9000 } });
  t.match(await cgroupReader(from(v1))("/sys/fs/cgroup/memory"), { memory: { limit: 1000 } }, "by its name");
  t.match(await cgroupReader(from(v1))("/elsewhere"), { memory: null });
});
