import t from "tap";
import { WireClient } from "../support/wire-client.ts";
import { configText, runVerb, startDaemon, startServers } from "./podmate.ts";

t.test("a daemon serves, and tells how it is", async (t) => {
  const servers = await startServers(t, 3);
  const daemon = await startDaemon(t, configText(servers));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.exchange("set greeting 0 0 5\r\nhello\r\n", "STORED\r\n");
  await client.exchange("get greeting\r\n", "VALUE greeting 0 5\r\nhello\r\nEND\r\n");

  t.match(await daemon.get("/ready"), { status: 200, text: '{"ready":true,"reasons":[]}' });
  t.match(await daemon.get("/live"), { status: 200 });
  t.match(await daemon.get("/startup"), { status: 200 });
  const { text } = await daemon.get("/metrics");
  t.match(text, /^podmate_pool_requests_total\{command="set",pool="main"\} 1$/m);
  t.match(text, /^podmate_process_config_version 1$/m);
  t.match(text, /^podmate_pool_hits_total\{pool="main"\} 1$/m);

  const ring = JSON.parse((await daemon.get("/ring/main?key=greeting")).text);
  t.ok(servers.includes(ring.owner.server));
  t.same(ring.served_by, ring.owner);
  const pool = JSON.parse((await daemon.get("/pools/main")).text);
  t.match(pool, { pool: "main", requests: 2, hits: 1, misses: 0, errors: {} });
  t.equal(pool.servers.length, 3);
  const owner = JSON.parse((await daemon.get(`/pools/main/servers/${ring.owner.server}`)).text);
  t.match(owner, { state: "ready", requests: 2, errors: {} });
  t.ok(owner.response_p99_us > 0);

  const config = JSON.parse((await daemon.get("/config")).text);
  t.match(config, { version: 1, origin: daemon.file, last_reload: null });
  t.match(JSON.parse((await daemon.get("/lifecycle")).text), { state: "ready" });

  const admin = ["--admin", daemon.admin];
  t.match(await runVerb(t, "wait-ready", ...admin), { code: 0 });
  t.match(await runVerb(t, "healthcheck", ...admin), { code: 0, stdout: "healthy\n" });
  const status = await runVerb(t, "status", ...admin);
  t.equal(status.code, 0);
  t.match(status.stdout, /is ready\nconfiguration version 1 from /);
  t.match(status.stdout, /pool main: memcache, maglev, 2 requests, 0 errors, 100\.0 % hits/);
  for (const server of servers) t.match(status.stdout, new RegExp(`^  ${server} +ready `, "m"));
  const json = await runVerb(t, "status", "--json", ...admin);
  t.match(JSON.parse(json.stdout), { state: "ready", ready: true, pools: [{ pool: "main" }] });
});

t.test("a worker that dies is replaced, and the management interface stays up", async (t) => {
  const servers = await startServers(t, 1);
  const deadly = new URL("./deadly-worker.ts", import.meta.url).href;
  const daemon = await startDaemon(t, configText(servers), ["--import", deadly]);
  const before = await WireClient.connect(daemon.listener);
  t.teardown(() => before.close());
  await before.exchange("set k 0 0 1\r\nv\r\n", "STORED\r\n");

  daemon.process.kill("SIGUSR2");
  const [line] = await daemon.process.waitForOutput(/^.*"worker died".*$/m);
  t.match(JSON.parse(line), { level: "error", worker: 0, reason: /killed by the test/ });
  t.match(await daemon.get("/version"), { status: 200 });
  await daemon.process.waitForOutput(/"worker replaced"/);

  const after = await WireClient.connect(daemon.listener);
  t.teardown(() => after.close());
  await after.exchange("get k\r\n", "VALUE k 0 1\r\nv\r\nEND\r\n");
  const { text } = await daemon.get("/metrics");
  t.match(text, /^podmate_worker_restarts_total\{worker="0"\} 1$/m);
  t.match(text, /^podmate_pool_requests_total\{command="set",pool="main"\} 1$/m, "no counter goes back");
});

t.test("two workers share a listener whose port the system chose", async (t) => {
  const servers = await startServers(t, 1);
  const daemon = await startDaemon(t, configText(servers).replace("workers: 1", "workers: 2"));
  const clients = await Promise.all(Array.from({ length: 8 }, () => WireClient.connect(daemon.listener)));
  for (const client of clients) {
    t.teardown(() => client.close());
    await client.exchange("mn\r\n", "MN\r\n");
  }
  const { text } = await daemon.get("/metrics");
  t.match(text, /^podmate_listener_connections_total\{listener="cache"\} 8$/m);
});

t.test("a server that dies is ejected, and the operator sees it", async (t) => {
  const servers = await startServers(t, 1);
  const text = configText([...servers, "127.0.0.1:1"]).replace(
    "servers:",
    "eject: { failures: 1, on_eject: rehash, backoff: 60s, max_backoff: 60s }\n    servers:",
  );
  const daemon = await startDaemon(t, text);
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  for (let key = 0; key < 20; key++) {
    await client.send(`get key-${key}\r\n`);
    await client.readLine();
  }
  await daemon.process.waitForOutput(/"server ejected"/);
  const server = JSON.parse((await daemon.get("/pools/main/servers/127.0.0.1:1")).text);
  t.match(server, { state: "ejected", reason: /ECONNREFUSED/ });
  t.match(
    (await daemon.get("/metrics")).text,
    /^podmate_server_ejected\{pool="main",server="127\.0\.0\.1:1"\} 1$/m,
  );
  const keys = await Promise.all(
    Array.from({ length: 20 }, async (_, key) =>
      JSON.parse((await daemon.get(`/ring/main?key=key-${key}`)).text),
    ),
  );
  const moved = keys.filter(({ owner, served_by }) => owner.server !== served_by.server);
  t.ok(moved.length > 0, "the ring shows who serves its keys meanwhile");
  t.ok(moved.every(({ served_by }) => served_by.server === servers[0]));
});
