/** podmate from a clone after `npm ci`, on a machine whose own Node is too old or missing. */
import { chmod, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { version } from "../../src/core/version.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

t.test("bin/podmate runs by the Node of npm ci, from any folder and through a link", async (t) => {
  const folder = await tempDir(t);
  await writeFile(join(folder, "node"), "#!/bin/sh\necho v20.19.0 is too old >&2\nexit 9\n");
  await chmod(join(folder, "node"), 0o755);
  await symlink(join(root, "bin/podmate"), join(folder, "podmate"));
  const child = new TestProcess(t, "podmate", ["--version"], {
    cwd: folder,
    env: { PATH: `${folder}:/usr/bin:/bin` },
  });
  t.same(await child.exit, { code: 0, signal: null });
  t.equal(child.stdout, `podmate ${version}\n`);
  t.equal(child.stderr, "");
});

t.test("before npm ci, it says so", async (t) => {
  const clone = await tempDir(t);
  await mkdir(join(clone, "bin"));
  await cp(join(root, "bin/podmate"), join(clone, "bin/podmate"));
  const child = new TestProcess(t, join(clone, "bin/podmate"), ["status"], {
    env: { PATH: "/usr/bin:/bin" },
  });
  t.same(await child.exit, { code: 1, signal: null });
  t.match(child.stderr, /node is missing; run: npm ci\n$/);
});

t.test("npm run podmate -- VERB", async (t) => {
  const child = new TestProcess(t, "npm", ["run", "-s", "podmate", "--", "--version"], { cwd: root });
  t.same(await child.exit, { code: 0, signal: null });
  t.match(child.stdout, `podmate ${version}\n`);
});
