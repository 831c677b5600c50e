import t from "tap";
import { WireClient } from "../support/wire-client.ts";
import { configText, runVerb, startDaemon, startServers } from "./podmate.ts";

t.test("reload by verb, signal and file change; clients stay connected", async (t) => {
  const servers = await startServers(t, 4);
  const daemon = await startDaemon(t, configText(servers.slice(0, 1)));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.exchange("set k 0 0 1\r\nv\r\n", "STORED\r\n");

  await daemon.write(configText(servers.slice(0, 2)));
  const changed = await daemon.process.waitForOutput(/"trigger":"the file has changed".*"version":2/);
  t.ok(changed);
  await client.expectInStep();

  t.match(await runVerb(t, "reload", "--admin", daemon.admin), {
    code: 0,
    stdout: "nothing has changed\nversion 2 is in force\n",
  });

  daemon.process.kill("SIGHUP");
  await daemon.process.waitForOutput(/"trigger":"SIGHUP"/);
  t.match(JSON.parse((await daemon.get("/config")).text), {
    version: 2,
    last_reload: { ok: true, trigger: "SIGHUP", changes: [] },
  });
  await client.expectInStep();
});

t.test("a bad file leaves the old configuration in force and says why, everywhere", async (t) => {
  const servers = await startServers(t, 1);
  const daemon = await startDaemon(t, configText(servers));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.exchange("set k 0 0 1\r\nv\r\n", "STORED\r\n");

  await daemon.write(configText(servers).replace("pool: main", "pool: mian"));
  const { code, stderr } = await runVerb(t, "reload", "--admin", daemon.admin);
  t.equal(code, 1);
  t.match(stderr, /podmate\.yml:\d+:\d+: memcache\[0\]\.pool: /);
  t.match(stderr, /podmate: not reloaded: version 1 stays in force/);
  t.match(JSON.parse((await daemon.get("/config")).text), { version: 1, last_reload: { ok: false } });
  await daemon.process.waitForOutput(/"configuration not reloaded, the old one stays in force"/);
  await client.exchange("get k\r\n", "VALUE k 0 1\r\nv\r\nEND\r\n");
  const { text } = await daemon.get("/metrics");
  t.match(text, /^podmate_process_config_version 1$/m);
  t.match(await runVerb(t, "status", "--admin", daemon.admin), {
    code: 0,
    stdout: /the last reload failed:\n {2}.*podmate\.yml:/,
  });
});

t.test("a listener that cannot be opened takes the whole change back", async (t) => {
  const servers = await startServers(t, 1);
  const daemon = await startDaemon(t, configText(servers));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  const more = `  - { name: other, listen: "${servers[0]}", pool: main }\npools:`;
  await daemon.write(configText(servers).replace("pools:", more));
  const { code, stderr } = await runVerb(t, "reload", "--admin", daemon.admin);
  t.equal(code, 1);
  t.match(stderr, new RegExp(`cannot listen on ${servers[0]}: another process has it`));
  await client.expectInStep();
  t.match(JSON.parse((await daemon.get("/config")).text), { version: 1 });
});
