/** Verbs for what a running daemon can be asked, each against a real one. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { freePort } from "../support/free-port.ts";
import { tempDir } from "../support/temp-dir.ts";
import { WireClient } from "../support/wire-client.ts";
import { configText, type Ended, runVerb, startDaemon, startServers } from "./podmate.ts";

t.test("server drain, ready, weight, reset", async (t) => {
  const [server = "", other = ""] = await startServers(t, 2);
  const daemon = await startDaemon(t, configText([server, other]));
  const run = (...args: string[]): Promise<Ended> => runVerb(t, ...args, "--admin", daemon.admin);
  t.match(await run("server", "drain", "main", server), {
    code: 0,
    stdout: `${server}: draining, weight 1 (configured: ready, weight 1)\n`,
  });
  t.match(await run("ring", "k"), { code: 0, stdout: /^k → / });
  t.match(await run("server", "ready", "main", server), { code: 0, stdout: /(ready|connecting), weight 1/ });
  t.match(await run("server", "weight", "main", server, "3"), {
    code: 0,
    stdout: /weight 3 \(configured: ready, weight 1\)/,
  });
  t.match(await run("config"), {
    code: 0,
    stdout: new RegExp(`# set by hand, not from here: main/${server}: `),
  });
  t.match(await run("server", "reset", "main", server), { code: 0, stdout: /, weight 1\n$/ });
  t.match(await run("server", "drain", "main", "nobody"), {
    code: 1,
    stderr: /pool main has no server "nobody"/,
  });
  t.match(await run("server", "drain", "mian", server), { code: 1, stderr: /there is no pool "mian"/ });
});

t.test("config shows what is in force, rollback returns to what was", async (t) => {
  const servers = await startServers(t, 1);
  const daemon = await startDaemon(t, configText(servers));
  const run = (...args: string[]): Promise<Ended> => runVerb(t, ...args, "--admin", daemon.admin);
  const first = await run("config");
  t.match(first, { code: 0, stdout: new RegExp(`^# version 1 from ${daemon.file}, in force since .*\n`) });
  t.match(first.stdout, /^pools:\n {2}main:\n/m);
  t.notMatch(first.stdout, /near_cache/);
  t.match((await run("config", "--defaults")).stdout, /near_cache/);

  const nutcracker = join(await tempDir(t), "nutcracker.yml");
  await writeFile(
    nutcracker,
    `alpha:\n  listen: 127.0.0.1:${await freePort()}\n  servers:\n   - 127.0.0.1:1:1\n`,
  );
  t.match(await run("reload", "--dry-run", "-c", nutcracker), {
    code: 0,
    stdout: /version 1 is in force, as before\n$/,
  });
  const pushed = await run("reload", "-c", nutcracker);
  t.match(pushed, {
    code: 0,
    stdout:
      /this configuration was pushed at run time; it stays in force until .* podmate restarts\. `podmate reload --force` returns to the file now\n$/,
  });
  t.match(await run("config", "--versions"), {
    code: 0,
    stdout: /^version 2 \(in force\), .* from PUT \/config\n/,
  });
  t.match(await run("rollback", "--dry-run"), { code: 0, stdout: /version 2 is in force, as before/ });
  t.match(await run("rollback"), { code: 0, stdout: /version 3 is in force\n/ });
  t.match(await run("rollback", "99"), {
    code: 1,
    stderr: /podmate: not rolled back: version 99 is not kept/,
  });
});

t.test("log-level shows, sets for a time, and returns to the configuration's", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 1)));
  const run = (...args: string[]): Promise<Ended> =>
    runVerb(t, "log-level", ...args, "--admin", daemon.admin);
  t.match(await run(), { code: 0, stdout: /^all: info\nmodules as all: / });
  t.match(await run("debug", "--for", "10m"), {
    code: 0,
    stdout: /^all: debug until 20.*Z \(configured: info\)\n/,
  });
  t.match(await run("trace", "--module", "ambassador"), {
    code: 0,
    stdout: /^ambassador: trace until the next start$/m,
  });
  t.match(await run("default"), { code: 0, stdout: /^all: info\n/ });
  t.match(await run("debug", "--module", "nobody"), { code: 1, stderr: /there is no module "nobody"/ });
  t.match(await run("--module", "ambassador"), { code: 2, stderr: /need a LEVEL/ });
});

t.test("hotkeys lists them, and says where none are counted", async (t) => {
  const servers = await startServers(t, 1);
  const plain = await startDaemon(t, configText(servers));
  t.match(await runVerb(t, "hotkeys", "--admin", plain.admin), { code: 0, stdout: /hot_keys is off/ });
  const counting = await startDaemon(
    t,
    configText(servers).replace("    timeout", "    hot_keys: 10\n    timeout"),
  );
  const client = await WireClient.connect(counting.listener);
  for (let i = 0; i < 3; i++) await client.exchange("get warm\r\n", "END\r\n");
  client.close();
  const { code, stdout } = await runVerb(t, "hotkeys", "--admin", counting.admin);
  t.equal(code, 0);
  t.match(stdout, /^pool main: 3 counted\n {2}warm +3 +100\.0 %\n$/);
  t.match(await runVerb(t, "hotkeys", "--pool", "other", "--admin", counting.admin), { code: 1 });
});

t.test("status says why and until when; a drain that is done is called so; stop ends it", async (t) => {
  const daemon = await startDaemon(
    t,
    configText(await startServers(t, 1), "lifecycle: { mode: native, pause_limit: 60s }"),
  );
  const run = (...args: string[]): Promise<Ended> => runVerb(t, ...args, "--admin", daemon.admin);
  t.match(await run("pause", "--deadline", "60s", "--reason", "trying it"), {
    code: 0,
    stdout: /^paused until .*Z at the latest \(trying it\)\n$/,
  });
  t.match(await run("status"), { stdout: /^podmate \S+ is paused until \S+Z at the latest \(trying it\)\n/ });
  t.match(await run("resume"), { code: 0, stdout: "ready\n" });
  t.match(await run("drain", "--wait"), { code: 0, stdout: "drained\n" });
  const drained = "drained: it serves nobody, and waits for `podmate stop` or SIGTERM";
  t.match(await run("status"), { stdout: new RegExp(`^podmate \\S+ is ${drained}\n`) });
  t.match(await run("drain"), { code: 0, stdout: `${drained}\n` });
  t.match(await run("stop"), { code: 0, stdout: "drained, and exits\n" });
  t.match(await daemon.process.exit, { code: 0 });
});
