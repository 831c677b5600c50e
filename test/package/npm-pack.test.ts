import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { configText, startServers } from "../daemon/podmate.ts";
import { needs } from "../support/needs.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { WireClient } from "../support/wire-client.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsc = join(root, "node_modules/.bin/tsc");

/** What the build and the package are made of. */
const sources = [
  "src",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
];

/** npm hands its settings down to what it runs, and would install into this folder and not into the one asked for. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_OPTIONS$|^PODMATE_/i.test(name)),
);
env["PATH"] = [dirname(process.execPath), env["PATH"]].join(delimiter);

/** Starts a program as a shell would: tap has all that a test starts load modules of its own, by NODE_OPTIONS. */
function start(t: Test, cwd: string, ...command: readonly string[]): TestProcess {
  return new TestProcess(t, "env", ["-u", "NODE_OPTIONS", ...command], { cwd, env });
}

/** Runs a program to its end and gives what it printed. */
async function output(t: Test, cwd: string, ...command: readonly string[]): Promise<string> {
  const child = start(t, cwd, ...command);
  const { code } = await child.exit;
  t.equal(code, 0, `${command.join(" ")}: ${child.stderr}`);
  return child.stdout;
}

/**
 * Packs a copy of the tree, for a build of its own that disturbs nobody's `dist/`. It builds as `npm run build` does, but
 * takes the types for granted, which are checked elsewhere.
 */
async function pack(t: Test): Promise<string> {
  const tree = join(await tempDir(t), "tree");
  await mkdir(tree);
  for (const name of sources) await cp(join(root, name), join(tree, name), { recursive: true });
  await symlink(join(root, "node_modules"), join(tree, "node_modules"));
  await output(t, tree, tsc, "-p", "tsconfig.build.json", "--noCheck");
  await cp(join(tree, "src/admin/dashboard"), join(tree, "dist/admin/dashboard"), { recursive: true });
  await output(t, tree, "npm", "pack", "--silent", "--ignore-scripts");
  const tarball = (await readdir(tree)).find((name) => name.endsWith(".tgz"));
  return join(tree, tarball ?? "");
}

t.test("npm pack makes a package that installs into an empty folder and runs there", async (t) => {
  if (!needs(t, "npm") || !needs(t, "tar")) return;
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const tarball = await pack(t);

  const files = (await output(t, root, "tar", "-tzf", tarball)).trim().split("\n");
  const tops = new Set(files.map((file) => file.split("/")[1]));
  t.same([...tops].sort(), ["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json"]);
  t.ok(files.includes("package/dist/main.js"));
  t.ok(files.includes("package/dist/admin/dashboard/dashboard.html"), "the dashboard's page is in it");
  t.notOk(
    files.some((file) => /\.ts$|\.map$/.test(file)),
    "it holds what runs, and no sources",
  );

  const place = await tempDir(t);
  // A folder without a manifest makes npm look for one further up, and install there.
  const install = [
    "install",
    "--prefix",
    place,
    "--prefer-offline",
    "--omit=dev",
    "--no-audit",
    "--no-fund",
    tarball,
  ];
  await output(t, place, "npm", ...install);
  const program = join(place, "node_modules", ".bin", "podmate");
  t.equal(await output(t, place, program, "--version"), `podmate ${version}\n`);

  const config = join(place, "podmate.yaml");
  await writeFile(config, configText(await startServers(t, 2)));
  t.equal(await output(t, place, program, "check", "-c", config), `${config} is good: 1 listener, 1 pool\n`);

  const daemon = start(t, place, program, "run", "-c", config);
  const [line] = await daemon.waitForOutput(/^.*"podmate serves".*$/m);
  const { admin, listeners } = JSON.parse(line) as { admin: string; listeners: string[] };
  const [host = "", port] = listeners[0]?.split(":") ?? [];
  const client = await WireClient.connect({ host, port: Number(port) });
  await client.exchange("set k 0 0 1\r\nv\r\n", "STORED\r\n");
  await client.exchange("get k\r\n", "VALUE k 0 1\r\nv\r\nEND\r\n");
  client.close();
  t.match(await (await fetch(`http://${admin}/`)).text(), "<!doctype html>", "the dashboard is served");
  t.same(await daemon.stop("SIGTERM"), { code: 0, signal: null });
});
