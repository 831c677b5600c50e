/** The whole daemon under HTTP traffic: reloads and the end. */
import t, { type Test } from "tap";
import { formatAddress } from "../../src/core/address.ts";
import { startDaemon } from "../daemon/podmate.ts";
import { get, ok } from "../support/http-messages.ts";
import { startHttpPeer } from "../support/http-plane.ts";
import { HttpTraffic, serveEchoes } from "../support/http-traffic.ts";
import type { ScriptedConnection } from "../support/scripted-server.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

interface Settings {
  readonly mode?: "native" | "sidecar";
  readonly servers: readonly string[];
  /** Lines of the listener, and of the pool. */
  readonly listener?: string;
  readonly pool?: string;
}

function configText({ mode = "sidecar", servers, listener = "", pool = "" }: Settings): string {
  return `admin: { listen: "127.0.0.1:0" }
workers: 2
lifecycle: { mode: ${mode}, drain: 60s }
http:
  - name: web
    listen: 127.0.0.1:0
    pool: api
    hash: [ { path: true } ]
    ${listener}
pools:
  api:
    servers: ${JSON.stringify(servers)}
    connect_timeout: 60s
    ${pool}
`;
}

async function setUp(t: Test, settings: Omit<Settings, "servers"> = {}) {
  const peers = await Promise.all([startHttpPeer(t), startHttpPeer(t), startHttpPeer(t)]);
  for (const [i, peer] of peers.entries()) serveEchoes(peer, `s${i}`);
  const servers = peers.map(({ address }) => formatAddress(address));
  const text = (more: Partial<Settings> = {}) => configText({ servers, ...settings, ...more });
  const daemon = await startDaemon(t, text());
  const connect = async (): Promise<WireClient> => {
    const client = await WireClient.connect(daemon.listener);
    t.teardown(() => client.close());
    return client;
  };
  return { peers, servers, text, daemon, connect };
}

t.test(
  "the file changes again and again under traffic: no request fails, and nobody is cut off",
  async (t) => {
    const { servers, text, daemon } = await setUp(t);
    const traffic = HttpTraffic.start(t, daemon.listener, 4);
    await traffic.more();
    const changes = [
      { servers: servers.slice(0, 2) },
      { servers: servers.slice(2), pool: "timeout: 20s" },
      { pool: "http: { balance_factor: 1.5, slow_start: 1s }" },
      { listener: "routes: [ { path: /1, pool: api, hash: [ { source_ip: true } ] } ]" },
    ];
    for (const [i, change] of changes.entries()) {
      await daemon.write(text(change));
      const inForce = new RegExp(`"trigger":"the file has changed".*"version":${i + 2}`);
      await daemon.process.waitForOutput(inForce);
      await traffic.more(5);
    }
    t.same(traffic.failures, []);
    t.equal(traffic.connects, 4);
  },
);

t.test("native: SIGTERM makes it unready, answers what is under way, and ends", async (t) => {
  const { peers, daemon, connect } = await setUp(t, { mode: "native" });
  let server: ScriptedConnection | null = null;
  for (const peer of peers) {
    peer.answer((_, connection) => {
      server = connection;
      return null;
    });
  }
  const [idle, busy] = [await connect(), await connect()];
  await busy.send(get("/busy"));
  await until(() => server !== null);
  daemon.process.kill("SIGTERM");
  await daemon.process.waitForOutput(/"to":"draining"/);
  await idle.expectClose();
  t.match(await daemon.get("/ready"), { status: 503, text: /the daemon is draining/ });
  t.match(await daemon.get("/live"), { status: 200 });
  await t.rejects(connect(), { code: "ECONNREFUSED" });
  await server!.send(ok("done"));
  await busy.expect(ok("done", "Connection: close", "Via: 1.1 podmate"));
  await busy.expectClose();
  t.same(await daemon.process.exit, { code: 0, signal: null });
});

t.test("native: SIGTERM under traffic: every request is answered, or was not begun", async (t) => {
  const { daemon } = await setUp(t, { mode: "native" });
  const other = await setUp(t);
  const traffic = HttpTraffic.start(t, daemon.listener, 4, { mayBeClosed: true });
  await traffic.more();
  // As the pod beside it would, another daemon serves who is told to go.
  traffic.address = other.daemon.listener;
  t.same(await daemon.process.stop("SIGTERM"), { code: 0, signal: null });
  await traffic.more();
  t.same(traffic.failures, []);
});

t.test("sidecar: SIGTERM disturbs nobody until the app has gone", async (t) => {
  const { daemon, connect } = await setUp(t);
  const traffic = HttpTraffic.start(t, daemon.listener, 4);
  await traffic.more();
  daemon.process.kill("SIGTERM");
  await daemon.process.waitForOutput(/"to":"draining"/);
  t.equal((await daemon.get("/ready")).status, 503);
  await traffic.more();
  const late = await connect();
  await late.send(get("/late"));
  await late.readUntil(" /late ");
  late.close();
  t.same([traffic.failures, traffic.connects], [[], 4]);
  await traffic.stop();
  t.same(await daemon.process.exit, { code: 0, signal: null });
});
