/** The scripts of `podmate completion`, run by the shells that they are for. */
import { spawnSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import type { Shell } from "../../src/cli/completion-shells.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { configText, startDaemon, startServers } from "./podmate.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** For each shell, a program that prints what it offers at the end of the line `$1`. */
const programs: Readonly<Record<Shell, string>> = {
  bash: `source <(podmate completion bash)
COMP_LINE=$1 COMP_POINT=\${#1}
_podmate
printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `compdef() { :; }; source <(podmate completion zsh)
_describe() { local each; for each in $candidates; do print -r -- \${\${each//\\\\:/%}%%:*}; done | sed 's/%/:/g'; }
_files() { print -r -- :files; }
compset() { :; }
words=(\${(s: :)1}); [[ $1 == *' ' ]] && words+=('')
CURRENT=$#words PREFIX=$words[-1]
_podmate`,
  fish: `podmate completion fish | source
complete -C "$argv[1]" | string replace -r '\\t.*' ''`,
};

async function offers(t: Test, shell: Shell, line: string, admin = "127.0.0.1:1"): Promise<string[]> {
  const folder = await tempDir(t);
  await writeFile(join(folder, "podmate"), `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`);
  await chmod(join(folder, "podmate"), 0o755);
  await writeFile(join(folder, "servers.yml"), "");
  const words = shell === "fish" ? ["-c", programs[shell], line] : ["-c", programs[shell], shell, line];
  const child = new TestProcess(t, shell, words, {
    cwd: folder,
    env: { PATH: `${folder}:/usr/local/bin:/usr/bin:/bin`, HOME: folder, PODMATE_ADMIN: admin },
  });
  await child.exit;
  t.equal(child.stderr, "");
  return child.stdout.trim().split("\n");
}

for (const shell of Object.keys(programs) as Shell[]) {
  const isThere = spawnSync(shell, ["-c", "exit 0"]).status === 0;
  if (!isThere && process.env["CI"]) throw new Error(`${shell} is missing, and nothing may be skipped in CI`);
  t.test(shell, { skip: isThere ? false : `${shell} is not installed` }, async (t) => {
    t.same(await offers(t, shell, "podmate ser"), ["server"]);
    t.same((await offers(t, shell, "podmate server ")).sort(), ["drain", "ready", "reset", "weight"]);
    t.same(await offers(t, shell, "podmate run --log-l"), ["--log-level"]);
    const file = shell === "zsh" ? ":files" : "servers.yml";
    t.same(await offers(t, shell, "podmate check ser"), [file]);
    t.same(await offers(t, shell, "podmate logs --pool "), [""], "nobody to ask");
    const [server = ""] = await startServers(t, 1);
    const { admin } = await startDaemon(t, configText([server]));
    t.same(await offers(t, shell, "podmate logs --pool m", admin), ["main"]);
    // Of a word with colons, bash replaces only what stands behind the last of them.
    const rest = shell === "bash" ? server.split(":")[1] : server;
    t.same(await offers(t, shell, `podmate server drain main ${server.slice(0, -2)}`, admin), [rest]);
  });
}
