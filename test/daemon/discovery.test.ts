/** Servers that the daemon finds in files: what it serves, shows and logs. */
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import t from "tap";
import { patientPool } from "../support/patience.ts";
import { replaceFile } from "../support/replace-file.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";
import { runVerb, startDaemon, startServers } from "./podmate.ts";

t.test("a memcache pool follows its file of servers; a bad one is told with its line", async (t) => {
  const servers = await startServers(t, 2);
  const file = join(await tempDir(t), "servers.yml");
  await writeFile(file, `# the first alone\n- ${servers[0]}\n`);
  const daemon = await startDaemon(
    t,
    `admin: { listen: "127.0.0.1:0" }
workers: 1
memcache: [ { name: cache, listen: "127.0.0.1:0", pool: main } ]
pools: { main: { discover: { file: ${file} }, ${patientPool} } }
`,
  );
  const pool = async () => JSON.parse((await daemon.get("/pools/main")).text);
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.exchange("set k 0 0 1\r\nv\r\n", "STORED\r\n");
  t.match(await pool(), {
    discovery: { source: "file", target: file, error: null, failures: 0, servers: 1 },
    servers: [{ server: servers[0] }],
  });

  await replaceFile(file, `- ${servers[0]}\n- ${servers[1]}\n`);
  await until(async () => (await pool()).servers.length === 2);
  await client.expectInStep();
  t.match(JSON.parse((await daemon.get("/config")).text), { version: 1, last_reload: null });

  await replaceFile(file, `- ${servers[0]}\n- { address: ${servers[1]}, wait: 2 }\n`);
  await daemon.process.waitForOutput(/"discovery failed; the servers found last stay in force"/);
  const { stdout } = await runVerb(t, "status", "--admin", daemon.admin);
  t.match(stdout, `found by file ${file}: 2 servers; it fails now: ${file}:2:`);
  const { text } = await daemon.get("/metrics");
  t.match(text, /^podmate_discovery_servers\{pool="main",source="file"\} 2$/m);
  t.match(text, /^podmate_discovery_failures_total\{pool="main",source="file"\} 1$/m);
  t.match(text, /^podmate_discovery_failing\{pool="main",source="file"\} 1$/m);
  await client.exchange("set k 0 0 1\r\nv\r\nget k\r\n", "STORED\r\nVALUE k 0 1\r\nv\r\nEND\r\n");
});

t.test("an HTTP pool, too, and probes go to the path that is named", async (t) => {
  const probes: string[] = [];
  const upstream = createServer((request, response) => {
    if (request.url === "/healthz") probes.push(String(request.headers.host));
    response.end("hello");
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    upstream.closeAllConnections();
    return new Promise((resolve) => upstream.close(resolve));
  });
  const { port } = upstream.address() as AddressInfo;
  const file = join(await tempDir(t), "servers.json");
  await writeFile(file, "[]");
  const daemon = await startDaemon(
    t,
    `admin: { listen: "127.0.0.1:0" }
workers: 1
http: [ { name: web, listen: "127.0.0.1:0", pool: api } ]
pools: { api: { discover: { file: ${file} }, health: { path: /healthz, interval: 100ms, timeout: 1m }, ${patientPool} } }
`,
  );
  const { host, port: listenPort } = daemon.listener as { host: string; port: number };
  const ask = (): Promise<Response> => fetch(`http://${host}:${listenPort}/`);
  t.equal((await ask()).status, 503, "no server yet");
  await replaceFile(file, JSON.stringify([{ address: `127.0.0.1:${port}`, name: "api-0" }]));
  await until(async () => (await ask()).status === 200);
  await until(() => probes.length > 1);
  t.equal(probes[0], `127.0.0.1:${port}`);
});
