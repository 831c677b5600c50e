/** A daemon under a low limit of open files, with more clients than that. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Address } from "../../src/core/address.ts";
import { startHttpApp } from "../support/http-app.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";
import { startDaemonOn } from "./podmate.ts";

const limit = 120;
const get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

t.test("clients beyond the open files are told so, and servers and probes have theirs", async (t) => {
  const memcached = await ScriptedServer.start(t);
  memcached.answer((request) => (request.startsWith("version") ? "VERSION 1.6.18\r\n" : "END\r\n"));
  const app = await startHttpApp(t, (_, response) => response.end("ok"));
  const file = join(await tempDir(t), "podmate.yml");
  await writeFile(file, configText(memcached.address, app.address));
  const starter = ["bash", "-c", `ulimit -n ${limit}; exec "$@"`, "bash"];
  const daemon = await startDaemonOn(t, file, [], starter);
  const [line] = await daemon.process.waitForOutput(/^.*"podmate serves".*$/m);
  const addresses = (JSON.parse(line) as { listeners: string[] }).listeners.map(addressOf);
  const [cache, web] = addresses as [Address, Address];
  t.match(daemon.process.stderr, /limits.connections is more than the limit of open files allows/);

  const asking = await connect(t, cache);
  await asking.exchange("get k\r\n", "END\r\n");
  const connection = await memcached.nextConnection();
  const refusals = { memcache: 0, http: 0 };
  const held: WireClient[] = [];
  for (let i = 0; i < limit; i++) {
    const client = await connect(t, i % 2 === 0 ? cache : web);
    await client.send(i % 2 === 0 ? "mn\r\n" : get);
    await until(() => /\n$|ok$/.test(client.received.toString()) || client.ended !== null);
    const answer = client.received.toString();
    if (answer === "ERROR Too many open connections\r\n") refusals.memcache++;
    else if (answer.startsWith("HTTP/1.1 503 ") && /connection: close/i.test(answer)) refusals.http++;
    else if (answer === "MN\r\n" || answer.startsWith("HTTP/1.1 200 ")) held.push(client);
    else t.fail(`client ${i} hears ${JSON.stringify(answer)}, ${client.ended}`);
  }
  t.ok(refusals.memcache > 10 && refusals.http > 10, JSON.stringify(refusals));
  t.ok(held.length > 10, `${held.length} are served`);

  await t.test("which is counted and logged", async (t) => {
    const { status, text } = await daemon.get("/metrics");
    t.equal(status, 200);
    t.equal(rejected(text, "podmate_listener"), refusals.memcache);
    t.equal(rejected(text, "podmate_http_listener"), refusals.http);
    t.match(daemon.process.stderr, /no open file is left for more clients.*client refused/);
    t.equal((await daemon.get("/live")).status, 200);
  });

  await t.test("a server that was away is not held out", async (t) => {
    await memcached.refuse();
    connection.close();
    const hears = async (expected: RegExp) =>
      await until(async () => {
        await asking.send("get k\r\n");
        return expected.test(await asking.readLine());
      });
    await hears(/^SERVER_ERROR/);
    await memcached.listen();
    await hears(/^END$/);
    const { text } = await daemon.get("/metrics");
    t.notMatch(text, /podmate_server_errors_total\{[^}]*kind="exhausted"[^}]*\} [1-9]/);
  });

  await t.test("a reload says nothing new", async (t) => {
    const warnings = () => daemon.process.stderr.split("limits.connections is more than").length;
    const before = warnings();
    await daemon.write(configText(memcached.address, app.address, "log: { level: debug }"));
    const { status } = await fetch(`http://${daemon.admin}/config/reload`, { method: "POST" });
    t.equal(status, 200);
    t.equal(warnings(), before);
  });
});

function configText(memcached: Address, app: Address, more = ""): string {
  return `admin: { listen: "127.0.0.1:0" }
workers: 1
${more}
memcache:
  - { name: cache, listen: "127.0.0.1:0", pool: main }
http:
  - { name: web, listen: "127.0.0.1:0", pool: app }
pools:
  main:
    timeout: 60s
    connect_timeout: 60s
    eject: { failures: 3, window: 1m, backoff: 100ms, max_backoff: 200ms, max_percent: 100 }
    servers: [ "${text(memcached)}" ]
  app: { servers: [ "${text(app)}" ] }
`;
}

function text(address: Address): string {
  return "port" in address ? `${address.host}:${address.port}` : address.path;
}

function addressOf(listen: string): Address {
  const [host, port] = listen.split(":") as [string, string];
  return { host, port: Number(port) };
}

async function connect(t: Test, address: Address): Promise<WireClient> {
  const client = await WireClient.connect(address);
  t.teardown(() => client.close());
  return client;
}

/** Clients of a listener that were refused for want of open files, as /metrics has it. */
function rejected(metrics: string, prefix: string): number {
  const line = new RegExp(`^${prefix}_rejected_connections_total\\{.*reason="open_files".*\\} (\\d+)$`, "m");
  return Number(line.exec(metrics)?.[1]);
}
