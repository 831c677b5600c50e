import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import {
  FileDiscovery,
  pollInterval,
  type ServersReading,
} from "../../../src/upstream/discovery/file-discovery.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FoundServers } from "../../support/found-servers.ts";
import { serverOptions } from "../../support/pools.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";

/** Stands for the reader of the configuration: words are servers, and one with a `!` is wrong. */
function readWords(text: string): ServersReading {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const bad = words.filter((word) => word.includes("!"));
  if (bad.length > 0) return { ok: false, errors: bad.map((word) => `servers.yml:1:1: ${word} is wrong`) };
  return { ok: true, servers: words.map((word) => serverOptions(word)) };
}

function start(
  t: Test,
  path: string,
  read: (text: string) => Promise<ServersReading> = async (text) => readWords(text),
) {
  const clock = new FakeClock();
  const found = new FoundServers(clock, "file");
  const discovery = new FileDiscovery({ path, findings: found.findings, clock, read });
  t.teardown(async () => {
    await discovery.close();
    if (clock.pending > 0) throw new Error("a timer is left");
  });
  discovery.start(found.onServers);
  /** Waits for file events, which arm the clock, and lets the folder come to rest. */
  const settle = async (holds: () => boolean): Promise<void> => {
    await until(() => {
      if (clock.untilNext !== undefined && clock.untilNext <= 200) clock.advance(200);
      return holds();
    });
  };
  return { clock, found, discovery, settle };
}

t.test("the file is read at the start and when it is written anew", async (t) => {
  const path = join(await tempDir(t), "servers.yml");
  await writeFile(path, "a b");
  const { found, settle } = start(t, path);
  await settle(() => found.told.length === 1);
  await writeFile(path, "a b c");
  await settle(() => found.told.length === 2);
  t.same(found.told, [
    ["a", "b"],
    ["a", "b", "c"],
  ]);
});

t.test("an editor that replaces the file is noticed", async (t) => {
  const folder = await tempDir(t);
  const path = join(folder, "servers.yml");
  await writeFile(path, "a");
  const { found, settle } = start(t, path);
  await settle(() => found.told.length === 1);
  await writeFile(join(folder, "new"), "b");
  await rename(join(folder, "new"), path);
  await settle(() => found.told.length === 2);
  t.same(found.told[1], ["b"]);
});

t.test("a ConfigMap's swap of its symlink is noticed", async (t) => {
  const folder = await tempDir(t);
  for (const version of ["v1", "v2"]) {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, "servers.yml"), version);
  }
  await symlink("v1", join(folder, "..data"));
  await symlink("..data/servers.yml", join(folder, "servers.yml"));
  const { found, settle } = start(t, join(folder, "servers.yml"));
  await settle(() => found.told.length === 1);
  await symlink("v2", join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  await settle(() => found.told.length === 2);
  t.same(found.told, [["v1"], ["v2"]]);
});

t.test("a bad file leaves the servers in force, and is said with its line", async (t) => {
  const path = join(await tempDir(t), "servers.yml");
  await writeFile(path, "a b");
  const { found, discovery, settle } = start(t, path);
  await settle(() => found.told.length === 1);
  await writeFile(path, "a b! c!");
  await settle(() => discovery.state().error !== null);
  t.equal(discovery.state().error, "servers.yml:1:1: b! is wrong; servers.yml:1:1: c! is wrong");
  t.match(
    found.logs.at(-1),
    /^warn discovery failed; the servers found last stay in force: servers\.yml:1:1: b! is wrong/,
  );
  t.equal(discovery.state().servers, 2);
  await writeFile(path, "a b");
  await settle(() => discovery.state().error === null);
  t.equal(found.told.length, 1, "the same as before");
});

t.test("of many errors only the first are told", async (t) => {
  const path = join(await tempDir(t), "servers.yml");
  await writeFile(path, Array.from({ length: 9 }, (_, i) => `${i}!`).join(" "));
  const { discovery, settle } = start(t, path);
  await settle(() => discovery.state().error !== null);
  t.match(discovery.state().error, /: 4! is wrong; and 4 more$/);
});

t.test("a file that is not there yet is a failure until it comes", async (t) => {
  const path = join(await tempDir(t), "servers.yml");
  const { found, discovery, settle } = start(t, path);
  await settle(() => discovery.state().error !== null);
  t.match(discovery.state(), { error: "cannot read the file: there is no such file", servers: null });
  t.match(found.logs.at(-1), /discovery failed; the pool has no servers until it succeeds: cannot read/);
  await writeFile(path, "a");
  await settle(() => found.told.length === 1);
  t.equal(discovery.state().error, null);
});

t.test("a file that goes leaves the servers in force, and is missed at the next look", async (t) => {
  const path = join(await tempDir(t), "servers.yml");
  await writeFile(path, "a");
  const { clock, found, discovery, settle } = start(t, path);
  await settle(() => found.told.length === 1);
  await rm(path);
  clock.advance(pollInterval);
  await until(() => discovery.state().error !== null);
  t.match(discovery.state(), { servers: 1 });
});

t.test("a folder that comes later is found by looking now and then", async (t) => {
  const folder = join(await tempDir(t), "mounted");
  const path = join(folder, "servers.yml");
  const { clock, found, discovery } = start(t, path);
  await until(() => discovery.state().error !== null);
  await mkdir(folder);
  await writeFile(path, "a");
  clock.advance(pollInterval);
  await until(() => found.told.length === 1);
  t.same(found.told, [["a"]]);
});

t.test("a file that changes while it is read is read once more", async (t) => {
  const path = join(await tempDir(t), "servers.yml");
  await writeFile(path, "a");
  const readings: PromiseWithResolvers<ServersReading>[] = [];
  const read = (): Promise<ServersReading> => {
    const reading = Promise.withResolvers<ServersReading>();
    readings.push(reading);
    return reading.promise;
  };
  const { clock, found, settle } = start(t, path, read);
  await settle(() => readings.length === 1);
  await writeFile(path, "b");
  await until(() => (clock.untilNext ?? pollInterval) <= 200);
  clock.advance(200);
  readings[0]!.resolve(readWords("a"));
  await settle(() => readings.length === 2);
  readings[1]!.resolve(readWords("b"));
  await settle(() => found.told.length === 2);
  t.same(found.told, [["a"], ["b"]]);
});

t.test("where it could not be read at all, it is tried again", async (t) => {
  const path = join(await tempDir(t), "servers.yml");
  await writeFile(path, "a");
  let works = false;
  const read = async (text: string): Promise<ServersReading> => {
    if (!works) throw new Error("no process to be had");
    return readWords(text);
  };
  const { clock, found, discovery } = start(t, path, read);
  await until(() => discovery.state().error !== null);
  t.equal(discovery.state().error, "no process to be had");
  works = true;
  clock.advance(pollInterval);
  await until(() => found.told.length === 1);
});

t.test("a file larger than 1 MiB is not read", async (t) => {
  const path = join(await tempDir(t), "servers.yml");
  await writeFile(path, "a".repeat(2 ** 20 + 1));
  const { discovery } = start(t, path);
  await until(() => discovery.state().error !== null);
  t.equal(discovery.state().error, "cannot read the file: it is larger than 1048576 bytes");
});
