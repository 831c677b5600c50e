import { execFileSync } from "node:child_process";
import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import t, { type Test } from "tap";
import { watchFile } from "../../src/core/file-watch.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { patience } from "../support/patience.ts";
import { tempDir } from "../support/temp-dir.ts";

/** Waits for something that a file event sets off, a turn of the event loop at a time. */
async function until(what: string, done: () => boolean): Promise<void> {
  const late = AbortSignal.timeout(patience);
  while (!done()) {
    if (late.aborted) throw new Error(`waited in vain for ${what}`);
    await turn();
  }
}

interface Watched {
  readonly clock: FakeClock;
  readonly changes: () => number;
}

function watch(t: Test, file: string): Watched {
  const clock = new FakeClock();
  let count = 0;
  const stop = watchFile(
    file,
    clock,
    () => count++,
    (error) => t.fail(error.message),
  );
  t.teardown(stop);
  return { clock, changes: () => count };
}

t.test("a file that is written anew is a change, once, when the folder is quiet", async (t) => {
  const file = join(await tempDir(t), "podmate.yml");
  await writeFile(file, "one");
  const { clock, changes } = watch(t, file);
  await writeFile(file, "two");
  await until("the folder's event", () => clock.pending > 0);
  t.equal(changes(), 0, "not before the folder is quiet");
  await until("the change", () => {
    clock.fireNext();
    return changes() === 1;
  });
});

t.test("a pipe is not waited for, and a file in its place is a change", async (t) => {
  const folder = await tempDir(t);
  const file = join(folder, "servers.yml");
  execFileSync("mkfifo", [file]);
  const { clock, changes } = watch(t, file);
  await writeFile(join(folder, "new"), "one");
  await rename(join(folder, "new"), file);
  await until("the change", () => {
    clock.fireNext();
    return changes() === 1;
  });
});

t.test("an editor that replaces the file is noticed", async (t) => {
  const folder = await tempDir(t);
  const file = join(folder, "podmate.yml");
  await writeFile(file, "one");
  const { clock, changes } = watch(t, file);
  await writeFile(join(folder, "podmate.yml.swp"), "two");
  await rename(join(folder, "podmate.yml.swp"), file);
  await until("the change", () => {
    clock.fireNext();
    return changes() === 1;
  });
});

t.test("a ConfigMap's swap of its symlink is noticed", async (t) => {
  const folder = await tempDir(t);
  for (const version of ["v1", "v2"]) {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, "podmate.yml"), version);
  }
  await symlink("v1", join(folder, "..data"));
  await symlink("..data/podmate.yml", join(folder, "podmate.yml"));
  const { clock, changes } = watch(t, join(folder, "podmate.yml"));
  await symlink("v2", join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  await until("the change", () => {
    clock.fireNext();
    return changes() === 1;
  });
});

t.test("other files in the folder are no change", async (t) => {
  const folder = await tempDir(t);
  const file = join(folder, "podmate.yml");
  await writeFile(file, "one");
  const { clock, changes } = watch(t, file);
  await writeFile(join(folder, "other.yml"), "two");
  await until("the folder's event", () => clock.pending > 0);
  clock.fireNext();
  t.equal(changes(), 0);
});

t.test("a folder that does not exist is reported and is no crash", async (t) => {
  const told: Error[] = [];
  const stop = watchFile(
    "/nonexistent/podmate.yml",
    new FakeClock(),
    () => t.fail("nothing can change there"),
    (error) => told.push(error),
  );
  stop();
  t.match(told, [{ code: "ENOENT" }]);
});
