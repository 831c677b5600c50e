import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Address } from "../../src/core/address.ts";
import { startHttpApp } from "../support/http-app.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";
import { type Daemon, startDaemon, startServers } from "./podmate.ts";

const refused: ReadonlySet<string> = new Set([
  "SERVER_ERROR overloaded cache: too much is under way for its priority",
  "SERVER_ERROR yielded cache: a manager has asked to refuse its priority for now",
]);

/** What a machine that has much to do takes longer for is not what is tested here. */
const patient = "timeout: 20s, connect_timeout: 20s, eject: false, health: false";

/** A cgroup without pressure and with half of its memory in use. */
async function fakeCgroup(t: Test) {
  const folder = await tempDir(t);
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  const pressure = (percent: number) =>
    write("memory.pressure", `some avg10=${percent}.00 avg60=0.00 avg300=0.00 total=1\n`);
  const use = (bytes: number) => write("memory.current", `${bytes}\n`);
  await write("cpu.pressure", "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
  await write("memory.max", "1000\n");
  await write("memory.stat", "inactive_file 100\n");
  await pressure(0);
  await use(600);
  return { folder, pressure, use };
}

/** A low and a normal listener of each protocol, on what a fake cgroup tells; a hook hears of its memory. */
async function start(t: Test, hookPort: number) {
  const [server] = await startServers(t, 1);
  const app = await startHttpApp(t, (_, response) => response.end("y"));
  const web = "port" in app.address ? `127.0.0.1:${app.address.port}` : "";
  const cgroup = await fakeCgroup(t);
  const listen = `listen: "127.0.0.1:0"`;
  const daemon = await startDaemon(
    t,
    `admin: { ${listen} }
workers: 1
# Of this machine, which may have much to do, nothing counts but what stands in the folder.
overload: { cgroup: ${cgroup.folder}, calm: 100ms, event_loop_delay: false, memory_warnings: [70] }
lifecycle: { hooks: [{ name: m, on: [memory], http: "http://127.0.0.1:${hookPort}/" }] }
memcache:
  - { name: c-low, ${listen}, pool: cache, priority: low }
  - { name: c-normal, ${listen}, pool: cache }
http:
  - { name: h-low, ${listen}, pool: web, priority: low }
  - { name: h-normal, ${listen}, pool: web }
pools:
  cache: { servers: ["${server}"], ${patient} }
  web: { servers: ["${web}"], ${patient} }
`,
  );
  const [line] = await daemon.process.waitForOutput(/^.*"podmate serves".*$/m);
  const { listeners } = JSON.parse(line) as { listeners: string[] };
  const [cLow, cNormal, hLow, hNormal] = listeners as [string, string, string, string];
  const [low, normal] = [await connect(t, cLow), await connect(t, cNormal)];
  const status = async (listener: string) => (await fetch(`http://${listener}/`)).status;
  /** What of all is served: low and normal priority of memcache, and the same of HTTP. */
  const served = async () => {
    const isServed = async (client: WireClient) => {
      await client.send("get k\r\n");
      const answer = await client.readLine();
      if (answer !== "END" && !refused.has(answer)) throw new Error(answer);
      return answer === "END";
    };
    return [
      await isServed(low),
      await isServed(normal),
      (await status(hLow)) === 200,
      (await status(hNormal)) === 200,
    ];
  };
  return { daemon, cgroup, served, hLow };
}

async function connect(t: Test, listener: string): Promise<WireClient> {
  const [host, port] = listener.split(":") as [string, string];
  const address: Address = { host, port: Number(port) };
  const client = await WireClient.connect(address);
  t.teardown(() => client.close());
  return client;
}

async function change(daemon: Daemon, method: string, body?: unknown) {
  const response = await fetch(`http://${daemon.admin}/lifecycle/yield`, {
    method,
    ...(body !== undefined && {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  return { status: response.status, json: JSON.parse(await response.text()) as unknown };
}

const overloadOf = async (daemon: Daemon) => JSON.parse((await daemon.get("/lifecycle")).text).overload;

const told: unknown[] = [];
const hook = await startHttpApp(t, async (request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (text) => {
    body += text;
  });
  await once(request, "end");
  told.push(JSON.parse(body));
  response.end();
});
const port = "port" in hook.address ? hook.address.port : 0;
const { daemon, cgroup, served, hLow } = await start(t, port);

t.test("under memory pressure, low priority is refused over both protocols, until it is gone", async (t) => {
  t.same(await served(), [true, true, true, true]);
  const shedding = async () => (await overloadOf(daemon)).shedding;

  await cgroup.pressure(30);
  await until(async () => (await shedding()) === "low");
  t.same(await served(), [false, true, false, true]);
  const refusal = await fetch(`http://${hLow}/`);
  t.match(await refusal.json(), { title: "Too much is under way for a request of its priority" });
  t.match(await overloadOf(daemon), {
    reason: "the memory pressure is 30 %",
    memory: { used_bytes: 500, limit_bytes: 1000 },
  });
  const { text } = await daemon.get("/metrics");
  t.match(text, /^podmate_overload_shedding\{level="low"\} 1$/m);
  t.match(text, /^podmate_listener_shed_requests_total\{listener="c-low"\} [1-9]/m);

  await cgroup.pressure(90);
  await until(async () => (await shedding()) === "normal");
  t.same(await served(), [false, false, false, false]);

  await cgroup.pressure(0);
  await until(async () => (await shedding()) === "none");
  t.same(await served(), [true, true, true, true]);
});

t.test("a manager has low priority refused for a time", async (t) => {
  t.match(await change(daemon, "POST", { for: "1h" }), { status: 422, json: { most_ms: 600_000 } });
  t.match(await change(daemon, "POST", { for: "soon" }), { status: 400 });
  t.match(await change(daemon, "POST", { for: "5m", priority: "high" }), { status: 400 });
  t.match(await change(daemon, "POST", { for: "5m", reason: "a batch" }), {
    status: 200,
    json: { shedding: "low", reason: "a batch", yield: { priority: "low", reason: "a batch" } },
  });
  await until(async () => String(await served()) === "false,true,false,true");
  const refusal = await fetch(`http://${hLow}/`);
  t.equal(refusal.headers.get("podmate-error"), "yielded");
  t.match(await refusal.json(), {
    code: "yielded",
    title: "A manager has asked to refuse requests of its priority for now",
  });
  t.match(
    (await daemon.get("/metrics")).text,
    /^podmate_pool_errors_total\{kind="yielded",pool="cache"\} [1-9]/m,
  );
  t.match(await change(daemon, "DELETE"), {
    status: 200,
    json: { changed: true, overload: { yield: null } },
  });
  await until(async () => String(await served()) === "true,true,true,true");
  t.match(await change(daemon, "DELETE"), { status: 200, json: { changed: false } });
});

t.test("before memory is at its limit, a hook is told", async (t) => {
  await cgroup.use(850);
  await until(() => told.length > 0);
  t.match(told, [
    {
      hook: "m",
      event: "memory",
      state: "ready",
      reason: "memory in use is at 75 % of its limit",
      memory_used_bytes: 750,
      memory_limit_bytes: 1000,
    },
  ]);
  t.match((await daemon.get("/metrics")).text, /^podmate_overload_memory_warnings_total 1$/m);
  t.same(await served(), [true, true, true, true]);
  await daemon.process.waitForOutput(/"memory nears its limit"/);
});
