// Do autocannon, wrk and h2load, which know no mercy, find a single fault in what the daemon answers?
import { once } from "node:events";
import autocannon from "autocannon";
import t, { type Test } from "tap";
import { startHttpEcho } from "../../src/embedded/http-echo.ts";
import { startDaemon } from "../daemon/podmate.ts";
import { needs } from "../support/needs.ts";
import { patientPool } from "../support/patience.ts";
import { TestProcess } from "../support/process.ts";
import { until } from "../support/until.ts";

/** A daemon over four servers; the requests of a connection go to one, chosen by the path. */
async function setUp(t: Test) {
  const servers = await Promise.all(["a", "b", "c", "d"].map((name) => startHttpEcho({ name })));
  t.teardown(() => Promise.all(servers.map((server) => server.close())));
  const names = servers.map(({ address }) => ("port" in address ? `"127.0.0.1:${address.port}"` : ""));
  const daemon = await startDaemon(
    t,
    `admin: { listen: "127.0.0.1:0" }
workers: 1
http:
  - { name: web, listen: "127.0.0.1:0", pool: echo, http2: true, hash: [ { path: true } ] }
pools:
  echo: { servers: [ ${names.join(", ")} ], ${patientPool} }
`,
  );
  if ("path" in daemon.listener) throw new Error("not a port");
  return { daemon, url: `http://${daemon.listener.host}:${daemon.listener.port}` };
}

/** The daemon has nothing left in flight, and has counted no error but clients that left when their time was over. */
async function expectClean(t: Test, get: (path: string) => Promise<{ text: string }>): Promise<void> {
  const nonZero = async (name: RegExp): Promise<string[]> => {
    const { text } = await get("/metrics");
    return text.split("\n").filter((line) => name.test(line) && !line.endsWith(" 0"));
  };
  await until(async () => (await nonZero(/^podmate_http_\w*in_flight/)).length === 0);
  const errors = await nonZero(/^podmate_http_\w*errors/);
  t.same(
    errors.filter((line) => !line.includes('kind="client_gone"')),
    [],
  );
}

await t.test("autocannon", async (t) => {
  const { daemon, url } = await setUp(t);
  const requests = ["/a", "/b?x=1", "/c/d"].map((path) => ({ method: "GET", path, headers: {} }));
  requests.push({ method: "POST", path: "/e", headers: { "content-type": "text/plain" } });
  const statuses = new Map<number, number>();
  const errors: string[] = [];
  const load = { connections: 20, amount: 5_000, timeout: 60, reconnectRate: 0 };
  const run = autocannon({ url, ...load, requests, setupClient: () => {} }, () => {});
  run.on("response", (_, status) => statuses.set(status, (statuses.get(status) ?? 0) + 1));
  run.on("reqError", (error) => errors.push(error.message));
  await once(run, "done");
  t.same(errors, []);
  t.same([...statuses.keys()], [200]);
  await expectClean(t, daemon.get);
});

await t.test("wrk", async (t) => {
  if (!needs(t, "wrk")) return;
  const { daemon, url } = await setUp(t);
  let report = "";
  // It stops by the clock: where the machine had no time for a single request, it is given more.
  for (const seconds of [1, 5, 20]) {
    const load = ["-t", "1", "-c", "20", "-d", `${seconds}s`, "--timeout", "60s"];
    const wrk = new TestProcess(t, "wrk", [...load, `${url}/x`]);
    const { code } = await wrk.exit;
    t.equal(code, 0, wrk.stderr);
    report = wrk.stdout;
    if (!/ 0 requests in/.test(report)) break;
  }
  t.match(report, /[1-9]\d* requests in/);
  t.notMatch(report, /Socket errors|Non-2xx/);
  await expectClean(t, daemon.get);
});

for (const [version, ...args] of [
  ["HTTP/2", "-m", "10"],
  ["HTTP/1.1", "--h1"],
] as const) {
  await t.test(`h2load, ${version}`, async (t) => {
    if (!needs(t, "h2load")) return;
    const { daemon, url } = await setUp(t);
    const load = ["-t", "1", "-c", "10", "-n", "2000", ...args];
    const h2load = new TestProcess(t, "h2load", [...load, `${url}/x`]);
    const { code } = await h2load.exit;
    t.equal(code, 0, h2load.stderr);
    t.match(
      h2load.stdout,
      "2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout",
    );
    t.match(h2load.stdout, "status codes: 2000 2xx, 0 3xx, 0 4xx, 0 5xx");
    await expectClean(t, daemon.get);
  });
}
