import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import t, { type Test } from "tap";
import { type AskAdmin, adminClient } from "../support/admin-client.ts";
import { WireClient } from "../support/wire-client.ts";
import { configText, type Daemon, startDaemon, startServers } from "./podmate.ts";

interface ConfigAnswer {
  readonly etag: string;
  readonly version: number;
  readonly config: { readonly pools: { readonly main: { readonly timeout: string } } };
}

const any = { "if-match": "*" };

function asking(t: Test, { admin }: Daemon): AskAdmin {
  const [host, port] = admin.split(":") as [string, string];
  return adminClient(t, { host, port: Number(port) });
}

async function configOf(ask: AskAdmin): Promise<ConfigAnswer> {
  return (await ask("GET", "/config")).json as ConfigAnswer;
}

/** The configuration with another timeout, which is easily told apart. */
function withTimeout(servers: readonly string[], timeout: string): string {
  return configText(servers).replace("main:\n", `main:\n    timeout: ${timeout}\n`);
}

t.test("PUT /config: tried, refused with lines, taken, and kept by a reload of the same file", async (t) => {
  const servers = await startServers(t, 2);
  const daemon = await startDaemon(t, configText(servers));
  const ask = asking(t, daemon);
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  const { etag } = await configOf(ask);

  t.match(await ask("PUT", "/config?dry-run", { body: withTimeout(servers, "700ms") }), {
    status: 200,
    json: { version: 1, dry_run: true, changes: ["changed pools.main.timeout: 1s → 700ms"] },
  });
  const broken = withTimeout(servers, "700ms").replace("pool: main", "pool: mian");
  t.match(await ask("PUT", "/config", { headers: { "if-match": etag }, body: broken }), {
    status: 422,
    json: { version: 1, errors: [/^body:5:\d+: memcache\[0\]\.pool: there is no pool "mian"/] },
  });
  t.match(await ask("PUT", "/config", { headers: any, body: "pools: [" }), {
    status: 422,
    json: { errors: [/^body:1:\d+: /] },
  });
  t.match(await configOf(ask), { version: 1, etag, source: "file", origin: daemon.file, file: daemon.file });

  const sent = { headers: { "if-match": etag }, body: withTimeout(servers, "700ms") };
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
    config: { pools: { main: { timeout: "700ms" } } },
    last_reload: { ok: true, trigger: "PUT /config" },
  });

  daemon.process.kill("SIGHUP");
  await daemon.process.waitForOutput(/"trigger":"SIGHUP".*as it was when it was last taken into force/);
  t.match(await configOf(ask), { version: 2, source: "http", last_reload: { trigger: "SIGHUP" } });
  await client.expectInStep();
});

t.test(
  "a file that changes replaces what came over HTTP, says so everywhere, and can be taken back",
  async (t) => {
    const servers = await startServers(t, 1);
    const daemon = await startDaemon(t, configText(servers));
    const ask = asking(t, daemon);
    const note = /podmate\.yml replaces version 2, which came by PUT \/config/;

    await ask("PUT", "/config", { headers: any, body: withTimeout(servers, "700ms") });
    await daemon.write(withTimeout(servers, "900ms"));
    await daemon.process.waitForOutput(
      /"trigger":"the file has changed".*"version":3.*"notes":\["[^"]*replaces/,
    );
    t.match(await configOf(ask), {
      version: 3,
      source: "file",
      origin: daemon.file,
      config: { pools: { main: { timeout: "900ms" } } },
      last_reload: { notes: [note] },
    });
    t.match(await ask("POST", "/config/rollback"), {
      status: 200,
      json: { version: 4, source: "http", origin: "POST /config/rollback", changes: [/900ms → 700ms/] },
    });
    t.match(await ask("POST", "/config/reload"), { json: { version: 4, notes: [/as it was/] } });
    t.match(await ask("POST", "/config/reload?force"), { json: { version: 5, source: "file" } });
    t.match(await ask("POST", "/config/rollback?version=1"), {
      json: { version: 6, changes: [/900ms → 1s/] },
    });
    t.match((await ask("GET", "/config/versions")).json, {
      versions: [
        { version: 6, in_force: true, source: "http", trigger: "POST /config/rollback" },
        { version: 5, source: "file", trigger: "POST /config/reload" },
        { version: 4, source: "http" },
        { version: 3, source: "file", trigger: "the file has changed" },
        { version: 2, source: "http", trigger: "PUT /config" },
        { version: 1, in_force: false, source: "file", trigger: "the start" },
      ],
    });
    t.match(await ask("POST", "/config/rollback?version=9"), { status: 404 });
  },
);

t.test("of many who change the same version at once, one succeeds and the others are told", async (t) => {
  const servers = await startServers(t, 1);
  const daemon = await startDaemon(t, configText(servers));
  const ask = asking(t, daemon);
  const { etag } = await configOf(ask);
  const answers = await Promise.all(
    [300, 400, 500, 600].map((timeout) =>
      asking(t, daemon)("PUT", "/config", {
        headers: { "if-match": etag },
        body: withTimeout(servers, `${timeout}ms`),
      }),
    ),
  );
  t.same(answers.map(({ status }) => status).sort(), [200, 412, 412, 412]);
  const winner = answers.find(({ status }) => status === 200)?.json as { changes: string[] };
  const { version, config } = await configOf(ask);
  t.equal(version, 2);
  t.match(winner.changes, [`changed pools.main.timeout: 1s → ${config.pools.main.timeout}`]);
});

t.test("what only a restart brings into force is told, and secrets are not", async (t) => {
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
