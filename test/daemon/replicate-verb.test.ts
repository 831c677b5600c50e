import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { tempDir } from "../support/temp-dir.ts";
import { configText, runVerb, startDaemon, startServers } from "./podmate.ts";

t.test("replicate scales, tries, and tells what is there", async (t) => {
  const script = join(await tempDir(t), "scale");
  await writeFile(script, "#!/bin/sh\n", { mode: 0o755 });
  const servers = await startServers(t, 1);
  const scaling = `replicate: { command: [${script}], max: 4, timeout: 1m, cool_down: 1h }`;
  const daemon = await startDaemon(t, configText(servers, scaling));
  const run = (...args: readonly string[]) => runVerb(t, "replicate", ...args, "--admin", daemon.admin);
  t.match(await run(), {
    code: 0,
    stdout: "by command: ? replicas there, ? wanted\n1 to 4 may be asked for\n",
  });
  t.match(await run("3", "--dry-run"), { code: 0, stdout: "would scale to 3 replicas\n" });
  t.match(await run("5"), { code: 1, stdout: "", stderr: /5 replicas are not within 1 to 4/ });
  t.match(await run("+1"), { code: 1, stderr: /how many there are is not known here/ });
  t.match(await run("three"), { code: 2, stderr: /"three" is no number of replicas/ });
  t.match(await run("3", "--reason", "many users"), { code: 0, stdout: "scaled to 3 replicas\n" });
  t.match(await run("4"), { code: 1, stderr: /the last change is too recent/ });
  t.match(await run(), { stdout: /3 wanted\n.*\nthe next change is taken in \d+ s\n$/ });
  t.match(JSON.parse((await run("--json")).stdout), { configured: true, last: { result: "cool_down" } });

  await daemon.write(configText(servers));
  t.match(await runVerb(t, "reload", "--admin", daemon.admin), { code: 0 });
  t.match(await run("3"), { code: 1, stderr: /nothing can scale here/ });
});
