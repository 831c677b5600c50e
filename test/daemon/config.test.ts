import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import t from "tap";
import { WireClient } from "../support/wire-client.ts";
import { any, asking, configOf, withTimeout } from "./config-client.ts";
import { configText, startDaemon, startServers } from "./podmate.ts";

t.test("PUT /config: tried, refused with lines, taken, and kept by a reload of the same file", async (t) => {
  const servers = await startServers(t, 2);
  const daemon = await startDaemon(t, configText(servers));
  const ask = asking(t, daemon);
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  const { etag } = await configOf(ask);

  t.match(await ask("PUT", "/config?dry-run", { body: withTimeout(servers, "70s") }), {
    status: 200,
    json: { version: 1, dry_run: true, changes: ["changed pools.main.timeout: 1m → 70s"] },
  });
  const broken = withTimeout(servers, "70s").replace("pool: main", "pool: mian");
  t.match(await ask("PUT", "/config", { headers: { "if-match": etag }, body: broken }), {
    status: 422,
    json: { version: 1, errors: [/^body:5:\d+: memcache\[0\]\.pool: there is no pool "mian"/] },
  });
  t.match(await ask("PUT", "/config", { headers: any, body: "pools: [" }), {
    status: 422,
    json: { errors: [/^body:1:\d+: /] },
  });
  t.match(await configOf(ask), { version: 1, etag, source: "file", origin: daemon.file, file: daemon.file });

  const sent = { headers: { "if-match": etag }, body: withTimeout(servers, "70s") };
  t.match(await ask("PUT", "/config", sent), {
    status: 200,
    json: { version: 2, source: "http", origin: "PUT /config", changes: [/timeout/], needs_restart: [] },
  });
  t.match(await ask("PUT", "/config", sent), { status: 412, json: { version: 2 } });
  t.match(await configOf(ask), {
    version: 2,
    source: "http",
    origin: "PUT /config",
    file: daemon.file,
    config: { pools: { main: { timeout: "70s" } } },
    last_reload: { ok: true, trigger: "PUT /config" },
  });

  daemon.process.kill("SIGHUP");
  await daemon.process.waitForOutput(/"trigger":"SIGHUP".*has not changed since it was last applied/);
  t.match(await configOf(ask), { version: 2, source: "http", last_reload: { trigger: "SIGHUP" } });
  await client.expectInStep();
});

t.test("what takes effect only at a restart is said, and secrets are not", async (t) => {
  const servers = await startServers(t, 1);
  const daemon = await startDaemon(t, configText(servers));
  const ask = asking(t, daemon);
  await writeFile(join(dirname(daemon.file), "secret"), "sesame\n");
  const body = configText(servers)
    .replace("workers: 1", "workers: 2")
    .replace('"127.0.0.1:0" }', '"127.0.0.1:1" }')
    .replace("pool: main }", "pool: main, auth: [{ username: u, password_file: secret }] }");
  const needs_restart = ["admin.listen", "workers"];
  const { status, text, json } = await ask("PUT", "/config", { headers: any, body });
  t.equal(status, 200, text);
  t.match(json, { version: 2, needs_restart });
  const shown = await ask("GET", "/config");
  t.match(shown.json, { needs_restart, config: { memcache: [{ auth: [{ password: "********" }] }] } });
  t.notMatch(text + shown.text, "sesame");
  t.notMatch((await ask("GET", "/config/versions")).text, "sesame");
  await ask("POST", "/config/rollback");
  t.match(await configOf(ask), { version: 3, needs_restart: [] });
});
