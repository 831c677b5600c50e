import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import t from "tap";
import { withTimeout } from "./config-client.ts";
import { configText, runVerb, startDaemon, startServers } from "./podmate.ts";

t.test("podmate reload tries a file and sends it", async (t) => {
  const servers = await startServers(t, 1);
  const daemon = await startDaemon(t, configText(servers));
  const other = join(dirname(daemon.file), "other.yml");
  const run = (...args: string[]) => runVerb(t, "reload", "--admin", daemon.admin, ...args);

  await writeFile(other, withTimeout(servers, "70s"));
  const change = "changed pools.main.timeout: 1m → 70s\n";
  t.match(await run("-c", other, "--dry-run"), {
    code: 0,
    stdout: `${change}version 1 is in force, as before\n`,
  });
  t.match(await run("-c", other), { code: 0, stdout: `${change}version 2 is in force\n` });
  await writeFile(other, withTimeout(servers, "soon"));
  const { code, stderr } = await run("-c", other);
  t.equal(code, 1);
  t.ok(stderr.startsWith(`${other}:8:`), stderr);
  t.match(stderr, "podmate: not reloaded: version 2 stays in force");
});
