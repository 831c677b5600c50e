import { execFileSync } from "node:child_process";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { cgroupReader, findCgroup, readCgroup } from "../../../src/lifecycle/overload/cgroup.ts";
import { tempDir } from "../../support/temp-dir.ts";

const pressure = (some: string, full: string) => `some avg10=${some} avg60=2.10 avg300=0.41 total=61237452
full avg10=${full} avg60=1.02 avg300=0.20 total=31237452
`;

const stat = `anon 400
file 300
shmem 50
inactive_file 150
active_file 100
slab_reclaimable 20
slab_unreclaimable 7
`;

const files = {
  "cpu.pressure": pressure("88.24", "51.53"),
  "memory.pressure": pressure("12.00", "3.50"),
  "memory.max": "1000\n",
  "memory.high": "max\n",
  "memory.current": "770\n",
  "memory.stat": stat,
};

async function folderOf(t: Test, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await tempDir(t);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

t.test("all figures of a cgroup, memory without what can be reclaimed", async (t) => {
  const folder = await folderOf(t, files);
  const read = cgroupReader();
  const all = { cpuPressure: 51.53, memoryPressure: 12, memory: { used: 500, limit: 1000 } };
  t.same(await read(folder), all);
  await writeFile(join(folder, "memory.high"), "800\n");
  t.same((await read(folder)).memory, { used: 500, limit: 800 }, "the nearer limit counts");
  await rm(join(folder, "memory.stat"));
  t.same((await read(folder)).memory, { used: 770, limit: 800 });
});

t.test("pipes and devices in place of the files are not waited for", async (t) => {
  const folder = await folderOf(t, { ...files, "cpu.pressure": "full avg10=1.00\n" });
  for (const name of ["memory.pressure", "memory.current", "memory.stat"]) {
    await rm(join(folder, name));
    execFileSync("mkfifo", [join(folder, name)]);
  }
  await rm(join(folder, "memory.high"));
  await symlink("/dev/zero", join(folder, "memory.high"));
  const read = cgroupReader();
  // More often than there are threads that read files.
  for (let time = 0; time < 8; time++) {
    t.match(await read(folder), { cpuPressure: 1, memory: null });
  }
  t.match(await read(join(folder, "memory.stat")), { memory: null }, "the folder itself is one");
});

t.test("what is not there, or makes no sense, is not known", async (t) => {
  const read = (files: Readonly<Record<string, string>>) => async (path: string) =>
    Object.entries(files).find(([name]) => `/c/${name}` === path)?.[1] ?? null;
  const nothing = { cpuPressure: null, memoryPressure: null, memory: null };
  t.same(await readCgroup("/c", read({})), nothing);
  t.same(await readCgroup("/c", read({ "memory.max": "max\n", "memory.current": "5\n" })), nothing);
  t.same(await readCgroup("/c", read({ "memory.max": "9\n", "memory.current": "" })), nothing);
  t.same(
    await readCgroup("/c", read({ "cpu.pressure": "some avg10=1.00\n", "memory.pressure": "?" })),
    nothing,
  );
  t.same(
    (await readCgroup("/c", read({ "memory.max": "9", "memory.current": "2", "memory.stat": stat }))).memory,
    {
      used: 0,
      limit: 9,
    },
  );
});

t.test("the machine's pressure stands in for that of the cgroup", async (t) => {
  const machine = await folderOf(t, { cpu: pressure("95.00", "0.00"), memory: pressure("7.00", "1.00") });
  const folder = await folderOf(t, { "cpu.pressure": pressure("1.00", "0.50") });
  const { readFile } = await import("node:fs/promises");
  const read = (path: string) => readFile(path, "utf8").catch(() => null);
  t.match(await readCgroup(folder, read, machine), { cpuPressure: 0.5, memoryPressure: 7 });
  t.match(await readCgroup(join(folder, "absent"), read, machine), { cpuPressure: 0, memoryPressure: 7 });
});

t.test("the process's own cgroup is found", async (t) => {
  const root = await tempDir(t);
  await mkdir(join(root, "kubepods/pod1"), { recursive: true });
  await writeFile(join(root, "kubepods/pod1/cgroup.controllers"), "cpu memory\n");
  const { readFile } = await import("node:fs/promises");
  const find = (own: string | null) =>
    findCgroup(
      (path) =>
        path === "/proc/self/cgroup" ? Promise.resolve(own) : readFile(path, "utf8").catch(() => null),
      root,
    );
  t.equal(await find("0::/\n"), root, "in a container");
  t.equal(await find("1:name=systemd:/x\n0::/kubepods/pod1\n"), join(root, "kubepods/pod1"));
  t.equal(await find("0::/kubepods/other\n"), root);
  t.equal(await find("0::/../../etc\n"), root, "of another namespace");
  t.equal(await find(null), root);
});
