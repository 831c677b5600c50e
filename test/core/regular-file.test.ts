import { execFileSync } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { readRegularFile } from "../../src/core/regular-file.ts";
import { tempDir } from "../support/temp-dir.ts";

t.test("all of a file, or its beginning", async (t) => {
  const path = join(await tempDir(t), "file");
  const text = "0123456789".repeat(10_000);
  await writeFile(path, text);
  const read = async (most: number) => (await readRegularFile(path, most)).toString();
  t.ok((await read(200_000)) === text);
  t.ok((await read(50_000)) === text.slice(0, 50_000));
  t.equal(await read(0), "");
  await writeFile(path, "");
  t.equal(await read(10), "");
});

t.test("files of the kernel have no size, and are read all the same", async (t) => {
  t.match((await readRegularFile("/proc/self/status", 64 * 1024)).toString(), /^Name:/);
});

t.test("what is no file is refused at once: pipes, devices, folders, and links to them", async (t) => {
  const folder = await tempDir(t);
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  await symlink(pipe, join(folder, "link"));
  for (const path of [pipe, join(folder, "link"), "/dev/zero", "/dev/null", folder]) {
    await t.rejects(readRegularFile(path, 10), { message: "it is no regular file" }, path);
  }
  await t.rejects(readRegularFile(join(folder, "absent"), 10), { code: "ENOENT" });
});
