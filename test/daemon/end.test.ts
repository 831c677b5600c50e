import { readFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";
import { configText, startDaemon, startServers } from "./podmate.ts";

const native = "lifecycle: { mode: native, drain: 60s }";
const sidecar = "lifecycle: { mode: sidecar, drain: 60s }";

t.test("native: SIGTERM closes idle clients and ends with 0", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 1), native));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.expectInStep();
  t.same(await daemon.process.stop("SIGTERM"), { code: 0, signal: null });
  await client.expectClose();
  t.match(daemon.process.stderr, /"from":"ready","to":"draining","reason":"SIGTERM"/);
  t.match(daemon.process.stderr, /"from":"draining","to":"stopped"/);
});

t.test("sidecar: after SIGTERM it is unready but serves until its clients are gone", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 1), sidecar));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.expectInStep();
  daemon.process.kill("SIGTERM");
  await daemon.process.waitForOutput(/"to":"draining"/);
  t.match(await daemon.get("/ready"), { status: 503, text: /the daemon is draining/ });
  const reload = await fetch(`http://${daemon.admin}/config/reload`, { method: "POST" });
  t.match(await reload.json(), { status: 422, errors: ["the daemon is draining"] }, "nothing new is opened");
  t.match(await daemon.get("/live"), { status: 200 });
  const late = await WireClient.connect(daemon.listener);
  await late.expectInStep();
  late.close();
  await client.exchange("set k 0 0 1\r\nv\r\n", "STORED\r\n");
  client.close();
  t.same(await daemon.process.exit, { code: 0, signal: null });
});

t.test("a second SIGTERM exits at once", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 1), sidecar));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.expectInStep();
  daemon.process.kill("SIGTERM");
  await daemon.process.waitForOutput(/"to":"draining"/);
  t.same(await daemon.process.stop("SIGTERM"), { code: 143, signal: null });
});

t.test(
  "a client that stays is let go before the deadline, and what it has asked for is answered",
  async (t) => {
    // It is let go in the last tenth: a machine that sleeps through it has another chance, with more time.
    for (const drain of ["1s", "5s", "20s", "20s", "20s"]) {
      const lifecycle = `lifecycle: { mode: sidecar, drain: ${drain} }`;
      const daemon = await startDaemon(t, configText(await startServers(t, 1), lifecycle));
      const client = await WireClient.connect(daemon.listener);
      t.teardown(() => client.close());
      await client.expectInStep();
      t.same(await daemon.process.stop("SIGTERM"), { code: 0, signal: null });
      await client.expectClose();
      if (/"reason":"all clients are gone"/.test(daemon.process.stderr)) return;
      t.match(daemon.process.stderr, /"reason":"the drain deadline is over"/);
      t.comment(`a drain of ${drain} was too short for this machine`);
    }
    t.fail("it was never let go before the deadline");
  },
);

t.test("the deadline cuts a client that owes the rest of a value", async (t) => {
  const short = "lifecycle: { mode: sidecar, drain: 300ms }";
  const daemon = await startDaemon(t, configText(await startServers(t, 1), short));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.expectInStep();
  const readBytes = async (): Promise<number> => {
    const { text } = await daemon.get("/metrics");
    return Number(/^podmate_listener_read_bytes_total\{listener="cache"\} (\d+)$/m.exec(text)?.[1]);
  };
  const before = await readBytes();
  const half = "set k 0 0 10\r\nhalf";
  await client.send(half);
  await until(async () => (await readBytes()) === before + half.length);
  t.same(await daemon.process.stop("SIGTERM"), { code: 0, signal: null });
  t.match(daemon.process.stderr, /"reason":"the drain deadline is over"/);
});

t.test("commands that run do not outlive the daemon", async (t) => {
  const folder = await tempDir(t);
  const hang = (name: string) => `[ sh, -c, "echo $$ > ${join(folder, name)}; exec sleep 1000" ]`;
  const text = configText(
    await startServers(t, 1),
    `lifecycle: { mode: sidecar, drain: 10m, hooks: [ { on: [ draining ], exec: ${hang("hook")}, timeout: 5m } ] }
app: { health: { exec: ${hang("check")}, timeout: 1m } }
replicate: { command: ${hang("replicate")}, timeout: 5m }`,
  );
  const daemon = await startDaemon(t, text);
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.expectInStep();
  const replicated = fetch(`http://${daemon.admin}/replicate`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"replicas":2}',
  });
  const gaveUp = t.rejects(replicated);
  daemon.process.kill("SIGTERM");
  const pids = await Promise.all(["check", "replicate", "hook"].map((name) => pidIn(join(folder, name))));
  t.same(await daemon.process.stop("SIGTERM"), { code: 143, signal: null });
  await gaveUp;
  for (const pid of pids) await until(() => isGone(pid));
});

async function pidIn(file: string): Promise<number> {
  let pid = 0;
  await until(async () => {
    pid = Number(await readFile(file, "utf8").catch(() => ""));
    return pid > 0;
  });
  return pid;
}

/** Ended, be it that nobody has reaped it. */
async function isGone(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat === "" || / [ZX] /.test(stat);
}
