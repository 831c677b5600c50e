/** As the limits of the whole fill, what matters least is refused first, with a reason; the rest is served as ever. */
import t, { type Test } from "tap";
import { HTTP_ROUTE, LISTENER } from "../../src/observe/metric-layout.ts";
import type { Priority } from "../../src/proxy/priority.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { get, ok, problem } from "../support/http-messages.ts";
import { httpRoute, setUpHttp } from "../support/http-plane.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { listenerOptions, planeSnapshot, startPlane } from "../support/plane.ts";
import { type ScriptedConnection, ScriptedServer } from "../support/scripted-server.ts";
import { WireClient } from "../support/wire-client.ts";

const names = ["low", "normal", "high"] as const;

t.test("HTTP: 503 by the priority of the route", async (t) => {
  const routes = names.map((name) => httpRoute({ name, path: `/${name}`, priority: name }));
  const { plane, peer, connect } = await setUpHttp(t, { total: { requests: 10 }, listener: { routes } });
  const shedOf = (name: Priority) => plane.block("httpRoute", `web/${name}`)[HTTP_ROUTE.shedRequests];
  const refusal = problem(503, "overloaded", { close: false });
  const client = await connect();
  const held: { asked: WireClient; server: ScriptedConnection }[] = [];
  const fillTo = async (count: number) => {
    while (held.length < count) {
      const asked = await connect();
      await asked.send(get("/high"));
      const server = await peer.nextConnection();
      await server.expect(get("/high"));
      held.push({ asked, server });
    }
  };

  await fillTo(8);
  await client.exchange(get("/low"), refusal);
  await fillTo(9);
  await client.exchange(get("/low"), refusal);
  await client.exchange(get("/normal"), refusal);
  await fillTo(10);
  await client.exchange(get("/high"), refusal);
  t.same(names.map(shedOf), [2, 1, 1]);
  t.equal(plane.clientError("overloaded"), 4);

  for (const { asked, server } of held) {
    await server.send(ok("x"));
    await asked.expect(ok("x"));
  }
  peer.answer(() => ok("y"));
  for (const name of names) await client.exchange(get(`/${name}`), ok("y"));
});

t.test("HTTP: under pressure from elsewhere too, until it is gone", async (t) => {
  const routes = names.map((name) => httpRoute({ name, path: `/${name}`, priority: name }));
  const { plane, peer, connect } = await setUpHttp(t, { listener: { routes } });
  peer.answer(() => ok("y"));
  const client = await connect();
  for (const [pressure, served] of [
    [0.8, ["normal", "high"]],
    [0.95, ["high"]],
    [1, []],
    [0, names],
  ] as const) {
    plane.plane.setPressure(pressure);
    for (const name of names) {
      const isServed = (served as readonly string[]).includes(name);
      await client.exchange(
        get(`/${name}`),
        isServed ? ok("y") : problem(503, "overloaded", { close: false }),
      );
    }
  }
});

t.test("HTTP: a yield is told apart from overload", async (t) => {
  const routes = names.map((name) => httpRoute({ name, path: `/${name}`, priority: name }));
  const { plane, peer, connect } = await setUpHttp(t, { listener: { routes } });
  peer.answer(() => ok("y"));
  const client = await connect();
  plane.plane.setPressure(0.8, 0.95);
  await client.exchange(get("/low"), problem(503, "overloaded", { close: false }));
  await client.exchange(get("/normal"), problem(503, "yielded", { close: false }));
  await client.exchange(get("/high"), ok("y"));
  t.equal(plane.clientError("overloaded"), 1);
  t.equal(plane.clientError("yielded"), 1);
  t.equal(plane.block("httpRoute", "web/normal")[HTTP_ROUTE.shedRequests], 1);
});

async function setUpMemcache(t: Test, total: { requests: number }, near = false) {
  const peer = await ScriptedServer.start(t);
  const pool = near ? { near_cache: { size: 1 << 20, ttl: 60_000, max_value: 1000 } } : {};
  const plane = await startPlane(t, [peer.address], { total, pool, clock: new FakeClock() });
  await plane.plane.apply({
    ...planeSnapshot([peer.address], { total, pool }),
    memcache: names.map((name) => listenerOptions({ name, priority: name })),
  });
  expectNothingBuffered(t, plane);
  const connect = async (name: Priority): Promise<WireClient> => {
    const client = await WireClient.connect(plane.plane.addresses()[name]!);
    t.teardown(() => client.close());
    return client;
  };
  const clients = [await connect("low"), await connect("normal"), await connect("high")] as const;
  const shed = () => names.map((name) => plane.block("listener", name)[LISTENER.shedRequests]);
  return { peer, plane, clients, shed };
}

const overloaded = "SERVER_ERROR overloaded pool: too much is under way for its priority\r\n";

t.test("memcache: SERVER_ERROR by the priority of the listener", async (t) => {
  const { peer, plane, clients, shed } = await setUpMemcache(t, { requests: 10 });
  const [low, normal, high] = clients;
  await high.send("get k\r\n".repeat(8));
  const server = await peer.nextConnection();
  await server.expect("get k\r\n".repeat(8));
  await low.exchange("get k\r\n", overloaded);
  await low.exchange("get k k2\r\n", overloaded);
  await low.exchange("mg k v\r\n", overloaded);
  await low.exchange("set k 0 0 1\r\nx\r\n", overloaded);
  await low.exchange(`set k 0 0 200000\r\n${"x".repeat(200_000)}\r\n`, overloaded);
  await low.send("set k 0 0 1 noreply\r\nx\r\n");
  await low.expectInStep();
  t.same(shed(), [6, 0, 0]);
  await normal.send("get n\r\n");
  await server.expect("get n\r\n");
  const second = await WireClient.connect(plane.plane.addresses()["normal"]!);
  t.teardown(() => second.close());
  await second.exchange("get k\r\n", overloaded);
  await high.send("get last\r\n");
  await server.expect("get last\r\n");
  const third = await WireClient.connect(plane.plane.addresses()["high"]!);
  t.teardown(() => third.close());
  await third.exchange("get k\r\n", overloaded);
  t.same(shed(), [6, 1, 1]);
  t.equal(plane.poolErrors("overloaded"), 8);
  await server.send("END\r\n".repeat(10));
  await high.expect("END\r\n".repeat(9));
  await normal.expect("END\r\n");
  peer.answer(() => "END\r\n");
  for (const client of [...clients, second, third]) await client.exchange("get k\r\n", "END\r\n");
});

t.test("memcache: a yield is told apart from overload", async (t) => {
  const { peer, plane, clients, shed } = await setUpMemcache(t, { requests: 10 });
  const [low, normal, high] = clients;
  const yielded = "SERVER_ERROR yielded pool: a manager has asked to refuse its priority for now\r\n";
  peer.answer(() => "END\r\n");
  plane.plane.setPressure(0, 0.8);
  await low.exchange("get k\r\n", yielded);
  await low.exchange("get k k2\r\n", yielded);
  await low.exchange("set k 0 0 1\r\nx\r\n", yielded);
  await low.exchange(`set k 0 0 200000\r\n${"x".repeat(200_000)}\r\n`, yielded);
  for (const client of [normal, high]) await client.exchange("get k\r\n", "END\r\n");
  t.same(shed(), [4, 0, 0]);
  t.equal(plane.poolErrors("yielded"), 4);
  t.equal(plane.poolErrors("overloaded"), 0);
});

t.test("memcache: what the near cache has costs nobody anything", async (t) => {
  const { peer, plane, clients, shed } = await setUpMemcache(t, { requests: 10 }, true);
  const [low] = clients;
  const value = "VALUE k 0 1\r\nx\r\nEND\r\n";
  peer.answer(() => value);
  await low.exchange("get k\r\n", value);
  plane.plane.setPressure(0.8);
  await low.exchange("get k\r\n", value);
  await low.exchange("get n\r\n", overloaded);
  // A multiget gives what it can.
  await low.exchange("get n k\r\n", value);
  await low.exchange("gets k\r\n", overloaded);
  await low.exchange("set k 0 0 1\r\nx\r\n", overloaded);
  t.same(shed(), [4, 0, 0]);
  plane.plane.setPressure(0, 0.8);
  for (const request of ["get n\r\n", "gets k\r\n"]) {
    await low.send(request);
    t.match(await low.readLine(), /^SERVER_ERROR yielded pool: /);
  }
  t.same(shed(), [6, 0, 0]);
});
