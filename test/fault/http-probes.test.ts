/** Active probes by HTTP beside traffic: who fails them is out before a client meets it, and only they bring it back. */
import t, { type Test } from "tap";
import type { EjectOptions } from "../../src/upstream/pool-options.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { get, ok, problem } from "../support/http-messages.ts";
import { HttpPlane, type HttpPlaneOptions, httpSnapshot, startHttpPeer } from "../support/http-plane.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { keysOf } from "../support/plane.ts";
import { Supervision } from "../support/supervised-plane.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const interval = 2_000;

const eject: EjectOptions = {
  failures: 2,
  window: 10_000,
  backoff: 1_000,
  max_backoff: 8_000,
  max_percent: 50,
  on_eject: "rehash",
};

/** Two servers that say their name, and of each the answer to a probe. */
async function setUp(t: Test, options: HttpPlaneOptions = {}) {
  const clock = new FakeClock();
  const peers = await Promise.all([startHttpPeer(t), startHttpPeer(t)]);
  const health = ["200 OK", "200 OK"];
  for (const [i, peer] of peers.entries()) {
    peer.answer((request) =>
      request.startsWith("GET /healthz ") ? ok("").replace("200 OK", health[i]!) : ok(`s${i}`),
    );
  }
  const plane = new HttpPlane(clock);
  t.teardown(() => plane.close());
  expectNothingBuffered(t, plane);
  const supervision = new Supervision(t, plane, clock);
  const http = { path: "/healthz", statuses: [200, 299] as const };
  const pool = { eject, health: { interval, timeout: 500, http }, ...options.pool };
  const route = { hash: [{ kind: "header" as const, name: "x-key" }] };
  const snapshot = (more: HttpPlaneOptions = {}) =>
    httpSnapshot(
      peers.map(({ address }) => address),
      { route, ...options, ...more, pool: { ...pool, ...more.pool } },
    );
  await supervision.apply(snapshot());
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  const [key] = keysOf(0, 1) as [string];
  const ask = (answer: string) => client.exchange(get("/", `X-Key: ${key}`), answer);
  const probesOf = (index: number) => supervision.state(`s${index}`).counts.probes;
  /** Lets each server's next probe take place. */
  const round = async (): Promise<void> => {
    const before = [probesOf(0), probesOf(1)];
    clock.advance(interval);
    await until(() =>
      [0, 1].every((i) => probesOf(i) > before[i]! && supervision.state(`s${i}`).nextProbe !== null),
    );
  };
  return { clock, peers, health, plane, supervision, snapshot, client, ask, round };
}

t.test(
  "a server that fails its probes is out before a client meets it, and back when they pass",
  async (t) => {
    const { peers, health, supervision, ask, round } = await setUp(t);
    await round();
    health[0] = "503 Warming Up";
    await round();
    t.equal(supervision.state("s0").state, "ready", "one is not enough");
    await round();
    t.equal(supervision.state("s0").state, "ejected");
    t.equal(supervision.state("s0").reason, "probe: answers 503, not 200 to 299");
    await ask(ok("s1"));
    t.ok(
      peers[0]!.requests.every((request) => request.startsWith("GET /healthz ")),
      "no client has met it",
    );
    await round();
    t.equal(supervision.state("s0").state, "ejected");
    health[0] = "204 No Content";
    await round();
    await until(() => supervision.state("s0").state === "ready");
    await ask(ok("s0"));
  },
);

t.test("a good probe between bad ones clears them", async (t) => {
  const { health, supervision, round } = await setUp(t);
  await round();
  for (let i = 0; i < 4; i++) {
    health[0] = i % 2 === 0 ? "500 Bad" : "200 OK";
    await round();
  }
  t.equal(supervision.state("s0").state, "ready");
});

t.test("who fails under traffic is not brought back by connections that open, but by the path", async (t) => {
  const { clock, peers, health, supervision, client, ask } = await setUp(t, {
    http: { fail_on: [500] },
    pool: { health: { interval: 3_600_000, timeout: 500, http: { path: "/healthz", statuses: [200, 299] } } },
  });
  const well = peers[0]!;
  await ask(ok("s0"));
  health[0] = "500 Still Bad";
  well.answer(() => ok("").replace("200 OK", "500 Bad"));
  for (let i = 0; i < eject.failures; i++) await ask(ok("").replace("200 OK", "500 Bad"));
  t.equal(supervision.state("s0").state, "ejected");
  for (const pause of [1_000, 2_000, 4_000]) {
    const { probeFailures } = supervision.state("s0").counts;
    clock.advance(pause);
    await until(() => supervision.state("s0").counts.probeFailures === probeFailures + 1);
    await client.exchange(get("/"), ok("s1"));
  }
  well.answer(() => ok("s0"));
  clock.advance(8_000);
  await until(() => supervision.state("s0").state === "ready");
  await ask(ok("s0"));
});

t.test("a server that accepts, and answers no probe, is out when its time is over", async (t) => {
  const { clock, peers, supervision, ask } = await setUp(t);
  peers[0]!.silence();
  for (let i = 0; i < eject.failures; i++) {
    clock.advance(interval);
    await peers[0]!.waitFor("GET /healthz ");
    const other = () => supervision.state("s1");
    await until(
      () => other().counts.probes === i + 1 && other().nextProbe !== null,
      "s1 has answered its own",
    );
    clock.advance(500);
    await until(() => supervision.state("s0").counts.probeFailures === i + 1);
  }
  t.match(supervision.state("s0"), { state: "ejected", reason: /^probe: / });
  await ask(ok("s1"));
});

t.test("fail_fast: what fails its probes is answered for by 503, with no attempt at it", async (t) => {
  const { peers, health, supervision, ask, round, snapshot } = await setUp(t, {
    pool: { eject: { ...eject, on_eject: "fail_fast" } },
  });
  await round();
  health[0] = "503 Warming Up";
  await round();
  await round();
  t.equal(supervision.state("s0").state, "ejected");
  const { length } = peers[0]!.requests;
  const date = new Date(Date.UTC(2026, 0, 1) + 3 * interval).toUTCString();
  await ask(problem(503, "ejected", { close: false, date }));
  t.equal(peers[0]!.requests.length, length);
  // A reload that makes the servers anew tells the data plane again who is out.
  await supervision.apply(snapshot({ pool: { timeout: 9_000, eject: { ...eject, on_eject: "fail_fast" } } }));
  await ask(problem(503, "ejected", { close: false, date }));
  await supervision.apply(snapshot({ pool: { eject: null } }));
  await ask(ok("s0"));
});

t.test(
  "a draining server that fails its probes is not ejected, and does not count as one that stays",
  async (t) => {
    const { health, peers, supervision, snapshot, ask, round } = await setUp(t);
    const before = snapshot();
    const pool = before.pools["pool"]!;
    const servers = pool.servers.map((server, i) => ({ ...server, drain: i === 0 }));
    await supervision.apply({ ...before, pools: { pool: { ...pool, servers } } });
    await ask(ok("s1"));
    health[0] = "503 Going";
    for (let i = 0; i < 3; i++) await round();
    t.equal(supervision.state("s0").state, "ready");
    health[1] = "503 Bad";
    for (let i = 0; i < 3; i++) await round();
    t.equal(supervision.state("s1").state, "ready", "the only one that is left stays");
    await ask(ok("s1"));
    t.ok(peers[0]!.requests.every((request) => request.startsWith("GET /healthz ")));
  },
);
