import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import t, { type Test } from "tap";
import { until } from "../support/until.ts";
import { configText, type Daemon, startDaemon, startServers } from "./podmate.ts";

/** An app beside the daemon; returns its base URL. */
async function startApp(t: Test, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function send(daemon: Daemon, method: string, path: string, body?: unknown) {
  const response = await fetch(`http://${daemon.admin}${path}`, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  return { status: response.status, json: await response.json() };
}

const json = async (daemon: Daemon, path: string) => JSON.parse((await daemon.get(path)).text);

t.test("an app that registers is a part of what podmate shows, and is told of its life", async (t) => {
  const told: string[] = [];
  let metrics = "# TYPE jobs_total counter\njobs_total 3\npodmate_build_info 9\n";
  const app = await startApp(t, (request, response) => {
    if (request.method === "POST") told.push(request.url ?? "");
    if (request.url === "/metrics") response.end(metrics);
    else if (request.url === "/config") response.end('{"port": 8080, "db": {"password": "hunter2"}}');
    else response.end('{"status":"UP"}');
  });
  const daemon = await startDaemon(t, configText(await startServers(t, 1)));
  t.match(await json(daemon, "/app"), { registered: false, health: { status: "unknown", check: null } });
  t.notMatch((await daemon.get("/metrics")).text, /^podmate_app_/m);

  const registered = await send(daemon, "PUT", "/app", {
    health: { http: `${app}/healthz`, interval: "100ms", timeout: "1m" },
    metrics: { http: `${app}/metrics`, timeout: "10s" },
    config: { http: `${app}/config` },
    hooks: [{ on: ["paused", "stopped"], http: `${app}/told`, timeout: "1m" }],
    ttl: "1h",
  });
  t.match(registered, { status: 200, json: { registered: true, hooks: ["app/1"] } });
  await until(async () => (await daemon.get("/app/health")).status === 200);

  const { text } = await daemon.get("/metrics");
  t.match(text, /^jobs_total 3$/m);
  t.equal(text.match(/^podmate_build_info/gm)?.length, 1, "podmate's names are its own");
  t.match(text, /^podmate_app_refused_families_total 1$/m);
  t.match(text, /^podmate_app_state\{state="up"\} 1$/m);
  const open = await fetch(`http://${daemon.admin}/metrics`, {
    headers: { accept: "application/openmetrics-text" },
  });
  t.match(await open.text(), /^# TYPE jobs counter\njobs_total 3\n# EOF\n$/m);
  metrics = "<html>";
  const broken = (await daemon.get("/metrics")).text;
  t.match(broken, /^podmate_app_scrapes_total\{result="malformed"\} 1$/m);
  t.match(broken, /^podmate_process_config_version 1$/m);

  const { components } = await json(daemon, "/health");
  t.match(
    components.filter(({ role }: { role: string }) => role === "app"),
    [
      { kind: "health", status: "up" },
      { kind: "metrics", status: "degraded" },
    ],
  );
  t.same(await json(daemon, "/app/config"), {
    format: "json",
    config: { port: 8080, db: { password: "********" } },
  });
  await send(daemon, "POST", "/lifecycle/pause");
  await until(() => told.length === 1);
  await send(daemon, "POST", "/app/health", { status: "degraded", reasons: ["slow"], ttl: "1h" });
  t.match(await json(daemon, "/app/health"), { status: "degraded", reasons: ["slow"] });
  await send(daemon, "POST", "/lifecycle/resume");
  daemon.process.kill("SIGTERM");
  await daemon.process.exit;
  t.equal(told.length, 2, "it is told of the end, too");
});

t.test(
  "an app that knows nothing of it has it by configuration, and podmate waits for it if told so",
  async (t) => {
    let status = 503;
    const app = await startApp(t, (request, response) => {
      // A scrape of this app never ends.
      if (request.url === "/metrics") return void response.write("jobs 1\n");
      response.writeHead(status).end();
    });
    const section = (ready: string) => `app:
  health: { http: "${app}/healthz", interval: 100ms, timeout: 1m, threshold: 1 }
  metrics: { http: "${app}/metrics", timeout: 50ms }
  ready: ${ready}`;
    const servers = await startServers(t, 1);
    const daemon = await startDaemon(t, configText(servers, section("required")));
    await until(async () => /the app is down: it answers 503/.test((await daemon.get("/ready")).text));
    t.equal((await daemon.get("/ready")).status, 503);
    status = 200;
    await until(async () => (await daemon.get("/ready")).status === 200);
    t.match(await json(daemon, "/ready"), { roles: { app: { ready: true } } });
    t.match((await daemon.get("/metrics")).text, /^podmate_app_scrapes_total\{result="timeout"\} 1$/m);

    status = 503;
    await until(async () => (await daemon.get("/ready")).status === 503);
    await daemon.write(configText(servers, section("ignored")));
    daemon.process.kill("SIGHUP");
    await until(async () => (await daemon.get("/ready")).status === 200);
    t.match(await json(daemon, "/app"), { readiness: "ignored", health: { status: "down" } });
  },
);
