import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { parse } from "yaml";
import { configText, runVerb, startServers } from "../daemon/podmate.ts";
import { freePort } from "../support/free-port.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";

const page = await readFile(new URL("../../docs/run-beside-an-app.md", import.meta.url), "utf8");
const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** The blocks of the page in this language. */
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(([, text]) => text!);

/** Whatever stands under a key of this name, anywhere. */
function* under(key: string, value: unknown): Generator<unknown> {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === key) yield inner;
    yield* under(key, inner);
  }
}

t.test("the page's configuration is good", async (t) => {
  const file = join(await tempDir(t), "podmate.yaml");
  await writeFile(file, blocks("yaml")[0]!);
  t.same(await runVerb(t, "check", "-c", file), {
    code: 0,
    stdout: `${file} is good: 1 listener, 1 pool\n`,
    stderr: "",
  });
});

t.test("its manifests are YAML, ask for probes that there are, and run verbs that there are", async (t) => {
  const manifests = blocks("yaml")
    .slice(1)
    .map((text) => parse(text) as unknown);
  const paths = manifests.flatMap((manifest) =>
    [...under("httpGet", manifest)].map((probe) => probe as object),
  );
  t.equal(paths.length, 3);
  for (const probe of paths) t.match(probe, { path: /^\/(startup|live|ready)$/ });
  for (const manifest of manifests) {
    for (const command of under("command", manifest)) {
      const [program, verb] = command as string[];
      // Compose names the arguments alone.
      t.match(program === "podmate" ? verb : program, /^(run|wait-ready|drain)$/);
    }
  }
});

t.test("the script runs podmate for as long as the app runs, and ends as the app has", async (t) => {
  const script = blocks("sh").find((text) => text.startsWith("podmate run")) ?? "";
  const folder = await tempDir(t);
  const admin = `127.0.0.1:${await freePort()}`;
  const config = configText(await startServers(t, 1)).replace("127.0.0.1:0", admin);
  await writeFile(join(folder, "podmate.yaml"), config);
  await mkdir(join(folder, "bin"));
  for (const [name, text] of [
    ["bin/podmate", `exec "${process.execPath}" "${main}" "$@"`],
    ["app", "podmate healthcheck && exit 3"],
  ] as const) {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(folder, name), 0o755);
  }
  const path = [join(folder, "bin"), process.env["PATH"]].join(delimiter);
  const env = { ...process.env, PATH: path, PODMATE_ADMIN: admin };
  const shell = new TestProcess(t, "sh", ["-c", script], { cwd: folder, env });
  t.same(await shell.exit, { code: 3, signal: null }, "with the app's code");
  t.match(shell.stderr, /"stopped"/, "podmate has ended before");
});
