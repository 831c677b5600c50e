/** The real daemon under verified traffic: reloads, the death of a worker, and its own end. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { type Daemon, runVerb, startDaemon, startDaemonOn, startServers } from "../daemon/podmate.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { VerifiedTraffic } from "../support/verified-traffic.ts";
import { WireClient } from "../support/wire-client.ts";

interface Text {
  readonly servers: readonly string[];
  readonly workers?: number;
  readonly mode?: "native" | "sidecar";
  readonly listeners?: readonly string[];
}

function configText({ servers, workers = 2, mode = "sidecar", listeners = ["cache"] }: Text): string {
  const listener = (name: string) => `  - { name: ${name}, listen: "127.0.0.1:0", pool: main }\n`;
  return `admin: { listen: "127.0.0.1:0" }
workers: ${workers}
lifecycle: { mode: ${mode}, drain: 60s }
memcache:
${listeners.map(listener).join("")}pools:
  main:
    timeout: 60s
    connect_timeout: 60s
    servers: [ ${servers.join(", ")} ]
`;
}

const named = (servers: readonly string[], more: readonly string[] = []) =>
  servers.map((server, i) => `{ address: "${server}", name: s${i}${more[i] ?? ""} }`);

async function startTraffic(t: Test, daemon: Daemon, clients = 8): Promise<VerifiedTraffic> {
  const traffic = await VerifiedTraffic.start(t, daemon.listener, clients, { misses: true });
  await traffic.moreRounds();
  return traffic;
}

/** Version of the configuration in force. The log says it as well, but not as often as it changes here. */
async function versionOf(daemon: Daemon): Promise<number> {
  return (JSON.parse((await daemon.get("/config")).text) as { version: number }).version;
}

t.test(
  "a ConfigMap's files, swapped by symlink under traffic: no answer is wrong, no client is lost",
  async (t) => {
    const folder = await tempDir(t);
    const servers = await startServers(t, 4);
    const all = named(servers);
    let generation = 0;
    /** As the kubelet does it: a new folder, and a symlink renamed onto the old one. */
    const swap = (text: string): void => {
      const fresh = `..v${++generation}`;
      mkdirSync(join(folder, fresh));
      writeFileSync(join(folder, fresh, "podmate.yml"), text);
      symlinkSync(fresh, join(folder, "..data_tmp"));
      renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    };
    swap(configText({ servers: all.slice(0, 2) }));
    symlinkSync("..data/podmate.yml", join(folder, "podmate.yml"));
    const daemon = await startDaemonOn(t, join(folder, "podmate.yml"));
    const traffic = await startTraffic(t, daemon);
    const steps: Text[] = [
      { servers: all },
      { servers: named(servers, [", weight: 5"]) },
      { servers: named(servers, ["", ", drain: true"]) },
      { servers: all.slice(2), listeners: ["cache", "second"] },
      { servers: all, listeners: ["cache"] },
    ];
    for (const [i, step] of steps.entries()) {
      swap(configText(step));
      await until(async () => (await versionOf(daemon)) === i + 2);
      await traffic.moreRounds();
    }
    swap("pools: nonsense\n");
    await daemon.process.waitForOutput(/configuration not reloaded, the old one stays in force/);
    const { code, stderr } = await runVerb(t, "reload", "--admin", daemon.admin);
    t.equal(code, 1);
    t.match(stderr, /podmate\.yml:1:/);
    await traffic.moreRounds();
    t.same(traffic.failures, []);
    t.same(traffic.errors, []);
    t.equal(traffic.connected, 8);
    t.match(JSON.parse((await daemon.get("/config")).text), { version: 6, last_reload: { ok: false } });
  },
);

t.test("SIGHUP again and again under traffic", async (t) => {
  const servers = named(await startServers(t, 3));
  const daemon = await startDaemon(t, configText({ servers: servers.slice(0, 1) }));
  const traffic = await startTraffic(t, daemon);
  for (let version = 2; version < 8; version++) {
    await daemon.write(configText({ servers: servers.slice(0, 1 + (version % 3)) }));
    daemon.process.kill("SIGHUP");
    await until(async () => (await versionOf(daemon)) === version);
    await traffic.moreRounds(3);
  }
  t.same(traffic.failures, []);
  t.same(traffic.errors, []);
  t.equal(traffic.connected, 8);
});

t.test("a worker that dies takes its own clients along and no others, and is replaced", async (t) => {
  const servers = named(await startServers(t, 2));
  const mortal = new URL("./mortal-worker.ts", import.meta.url).href;
  const daemon = await startDaemon(t, configText({ servers }), ["--import", mortal]);
  const traffic = await startTraffic(t, daemon, 24);
  daemon.process.kill("SIGUSR2");
  await daemon.process.waitForOutput(/"worker died"/);
  await daemon.process.waitForOutput(/"worker replaced"/);
  await traffic.moreRounds();
  const lost = traffic.failures.length;
  t.ok(lost > 0 && lost < 24, `${lost} of 24 clients were on the worker that died`);
  for (const failure of traffic.failures) t.match(failure, /ended the stream/);
  t.equal(traffic.connected, 24 - lost);
  t.same(traffic.errors, []);
  const later = await startTraffic(t, daemon, 24);
  t.same(later.failures, [], "new clients are served by both again");
  t.match(daemon.process.stderr, /"worker":0,.*is killed by the test/);
  t.match((await daemon.get("/metrics")).text, /^podmate_worker_restarts_total\{worker="0"\} 1$/m);
});

t.test(
  "a worker that goes round for ever is told with its stack and replaced; until then podmate is not ready",
  async (t) => {
    const servers = named(await startServers(t, 2));
    const spinning = new URL("./spinning-worker.ts", import.meta.url).href;
    const text = configText({ servers }).replace("workers: 2", "workers: 2\nworker_timeout: 3s");
    const daemon = await startDaemon(t, text, ["--import", spinning]);
    const traffic = await startTraffic(t, daemon, 24);
    daemon.process.kill("SIGUSR2");
    await until(async () => (await daemon.get("/ready")).status === 503);
    t.match((await daemon.get("/ready")).text, /worker 0 has not come back to its event loop for \d+ ms/);
    await daemon.process.waitForOutput(/"worker is stuck: .*"/);
    await daemon.process.waitForOutput(/"worker replaced"/);
    t.match(
      daemon.process.stderr,
      /"worker":0,"silent_ms":\d+,"stack":\["(channel\.onmessage|goRound) \(.*spinning-worker\.ts:\d+:\d+\)"/,
    );
    t.match(daemon.process.stderr, /"worker":0,.*stuck: it had not come back to its event loop for 3000 ms/);
    await until(async () => (await daemon.get("/ready")).status === 200);
    await traffic.moreRounds();
    const lost = traffic.failures.length;
    t.ok(lost > 0 && lost < 24, `${lost} of 24 clients were on the worker that was stuck`);
    t.same(traffic.errors, []);
    const later = await startTraffic(t, daemon, 24);
    t.same(later.failures, [], "new clients are served by both again");
    const { text: metrics } = await daemon.get("/metrics");
    t.match(metrics, /^podmate_worker_stuck_total\{worker="0"\} 1$/m);
    t.match(metrics, /^podmate_worker_restarts_total\{worker="0"\} 1$/m);
  },
);

t.test("native: SIGTERM under load answers what was sent, and ends with 0", async (t) => {
  const daemon = await startDaemon(
    t,
    configText({ servers: named(await startServers(t, 2)), mode: "native" }),
  );
  const traffic = await startTraffic(t, daemon, 16);
  t.same(await daemon.process.stop("SIGTERM"), { code: 0, signal: null });
  await traffic.stop();
  // What is sent after the close cannot be answered; what had been sent is answered whole.
  for (const failure of traffic.failures) t.match(failure, /, 0 of 4 answered: .*ended the stream/);
  t.same(traffic.errors, []);
});

t.test("sidecar: SIGTERM under load disturbs nobody until the app has gone", async (t) => {
  const daemon = await startDaemon(t, configText({ servers: named(await startServers(t, 2)) }));
  const traffic = await startTraffic(t, daemon, 16);
  daemon.process.kill("SIGTERM");
  await daemon.process.waitForOutput(/"to":"draining"/);
  await traffic.moreRounds(50);
  const late = await WireClient.connect(daemon.listener);
  await late.expectInStep();
  late.close();
  t.equal(traffic.connected, 16);
  await traffic.stop();
  t.same(await daemon.process.exit, { code: 0, signal: null });
  t.same([traffic.failures, traffic.errors], [[], []]);
});

t.test("10,000 idle connections cost less than 100 MB", async (t) => {
  const wanted = 10_000;
  // Node itself raises the soft limit to the hard one.
  const limit = Number(execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" })) || wanted * 2;
  const count = Math.min(wanted, limit - 1_000);
  if (count < wanted) t.comment(`only ${count} connections: no more than ${limit} files may be open here`);
  const daemon = await startDaemon(t, configText({ servers: named(await startServers(t, 1)), workers: 1 }));
  const sockets: Socket[] = [];
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  const open = async (many: number): Promise<void> => {
    const batch = Array.from({ length: many }, () =>
      connect(daemon.listener as { host: string; port: number }),
    );
    sockets.push(...batch);
    await Promise.all(batch.map((socket) => once(socket, "connect")));
    await Promise.all(
      batch.map((socket) => {
        socket.write("mn\r\n");
        return once(socket, "data");
      }),
    );
  };
  const resident = (): number => {
    const status = readFileSync(`/proc/${daemon.process.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  };
  await open(100);
  const before = resident();
  for (let left = count; left > 0; left -= 500) await open(Math.min(500, left));
  const grown = resident() - before;
  t.comment(`${count} idle connections: ${grown.toFixed(1)} MB more`);
  t.ok(grown < (100 * count) / wanted, `${grown.toFixed(1)} MB`);
  const { text } = await daemon.get("/metrics");
  t.match(text, new RegExp(`^podmate_listener_open_connections\\{listener="cache"\\} ${count + 100}$`, "m"));
  t.match(text, /^podmate_listener_buffered_bytes\{listener="cache"\} 0$/m);
});
