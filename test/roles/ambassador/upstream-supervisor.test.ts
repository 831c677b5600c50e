import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import t, { type Test } from "tap";
import { UpstreamSupervisor } from "../../../src/roles/ambassador/upstream-supervisor.ts";
import type { ServerUpdate } from "../../../src/upstream/health/server-report.ts";
import type { Lookups } from "../../../src/upstream/lookups.ts";
import type { EjectOptions, PoolOptions } from "../../../src/upstream/pool-options.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { poolOptions, serverOptions } from "../../support/pools.ts";

const eject: EjectOptions = {
  failures: 3,
  window: 1_000,
  backoff: 1_000,
  max_backoff: 8_000,
  max_percent: 50,
  on_eject: "rehash",
};

/** A server that answers `version`, on a free port or on the one given, until it is stopped. */
class FakeMemcached {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  port = 0;
  probes = 0;
  /** false: takes what it is sent and says nothing. */
  talks = true;
  #asked: () => void = () => {};

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("data", () => {
        this.probes++;
        this.#asked();
        if (this.talks) socket.write("VERSION 1.6.45\r\n");
      });
    });
  }

  async start(t: Test, host = "127.0.0.1"): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, host, resolve));
    this.port = (this.#server.address() as AddressInfo).port;
    t.teardown(() => this.stop());
    return this;
  }

  /** Resolves when the next probe has asked. */
  asked(): Promise<void> {
    return new Promise((resolve) => {
      this.#asked = resolve;
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}

function setUp(t: Test, names: Record<string, string[]> = {}) {
  const clock = new FakeClock();
  const updates: ServerUpdate[] = [];
  const logged: string[] = [];
  let wake: () => void = () => {};
  const lookups: Lookups = {
    system: async (host) => names[host] ?? Promise.reject(new Error("not found")),
    records: async () => [],
  };
  const supervisor = new UpstreamSupervisor({
    clock,
    lookups,
    random: () => 0,
    update: (update) => {
      updates.push(update);
      wake();
    },
    log: (level, fields, message) => {
      logged.push(`${level} ${fields["server"] ?? fields["host"]}: ${message}`);
      wake();
    },
  });
  t.teardown(() => supervisor.close());
  /** Resolves as soon as a condition holds; looked at whenever something is told or an event was handled. */
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds())
      await new Promise<void>((resolve) => {
        wake = resolve;
        setImmediate(resolve);
      });
  };
  const stateOf = (server: string) => supervisor.states().find((state) => state.server === server);
  /** Takes pools into force whose servers are known to answer. */
  const configure = (pools: readonly PoolOptions[]): void => {
    supervisor.configure(pools);
    for (const { name, servers } of pools)
      for (const { id } of servers)
        supervisor.report({ pool: name, server: id, state: "recovered", reason: "answers" });
  };
  return { clock, updates, logged, supervisor, configure, until, stateOf };
}

function failing(server: string, reason = "timeout") {
  return { pool: "p", server, state: "failing", reason } as const;
}

function pool(ports: Record<string, number>, more: Partial<PoolOptions> = {}): PoolOptions {
  const servers = Object.entries(ports).map(([id, port]) => serverOptions(id, port));
  return poolOptions("p", servers, { eject, ...more });
}

t.test("a failing server is ejected for all, and readmitted once a probe of it has passed", async (t) => {
  const { clock, updates, logged, supervisor, configure, until, stateOf } = setUp(t);
  const memcached = await new FakeMemcached().start(t);
  configure([pool({ a: memcached.port, b: 1 })]);
  t.same(updates, []);
  supervisor.report(failing("a"));
  supervisor.report(failing("a"));
  t.same(updates, [{ pool: "p", server: "a", ejected: true }]);
  t.same(supervisor.current(), updates, "what a worker that starts now has to know");
  t.match(stateOf("a"), { state: "ejected", reason: "timeout", nextProbe: 1_000, since: clock.wall() });
  clock.advance(999);
  t.equal(memcached.probes, 0);
  clock.advance(1);
  t.match(stateOf("a"), { state: "probing", since: clock.wall() - 1_000 });
  await until(() => updates.length > 1);
  t.same(updates[1], { pool: "p", server: "a", ejected: false });
  t.same(supervisor.current(), []);
  t.same(logged, ["warn a: server ejected", "info a: server readmitted"]);
  t.equal(memcached.probes, 1);
  t.equal(clock.pending, 0, "nothing more to probe");
});

t.test("a silent server stays out, with growing pauses, until it talks", async (t) => {
  const { clock, updates, supervisor, configure, until, stateOf } = setUp(t);
  const memcached = await new FakeMemcached().start(t);
  memcached.talks = false;
  configure([pool({ a: memcached.port, b: 1 })]);
  supervisor.report(failing("a"));
  for (const [i, pause] of [1_000, 2_000, 4_000, 8_000].entries()) {
    t.equal(stateOf("a")?.nextProbe, pause);
    const asked = memcached.asked();
    clock.advance(pause);
    await asked;
    clock.advance(350);
    await until(() => stateOf("a")?.counts.probeFailures === i + 1);
  }
  t.match(stateOf("a"), { state: "ejected", reason: "no answer within 350 ms" });
  memcached.talks = true;
  clock.advance(8_000);
  await until(() => updates.length > 1);
  t.match(stateOf("a"), { state: "ready", reason: null });
});

t.test("active probes eject a server without any traffic", async (t) => {
  const { clock, updates, configure, until, stateOf } = setUp(t);
  const memcached = await new FakeMemcached().start(t);
  const dead = await new FakeMemcached().start(t);
  await dead.stop();
  configure([pool({ a: dead.port, b: memcached.port }, { health: { interval: 2_000, timeout: 300 } })]);
  for (let round = 1; round <= 3; round++) {
    clock.advance(round === 1 ? 0 : 2_000);
    await until(() => stateOf("a")?.counts.probeFailures === round && stateOf("b")?.nextProbe !== null);
  }
  t.same(updates, [{ pool: "p", server: "a", ejected: true }]);
  t.match(stateOf("a"), { reason: "probe: connect ECONNREFUSED" });
  t.match(stateOf("b"), { state: "ready", counts: { probes: 3, probeFailures: 0 } });
});

t.test("names: told when known, once looked up, for every server that has them", async (t) => {
  const { updates, supervisor, until, stateOf } = setUp(t, { "c.test": ["10.0.0.1"] });
  const named = (id: string, port: number) => serverOptions(id, port, { address: { host: "c.test", port } });
  const pools = [
    poolOptions("p", [named("a", 1), named("b", 2), serverOptions("literal", 3)]),
    poolOptions("q", [named("a", 4), serverOptions("u", 0, { address: { path: "/run/u" } })]),
  ];
  supervisor.configure(pools);
  t.same(supervisor.current(), []);
  await until(() => updates.length === 3);
  const known = [
    { pool: "p", server: "a", ejected: false, resolved: { host: "10.0.0.1", port: 1 } },
    { pool: "p", server: "b", ejected: false, resolved: { host: "10.0.0.1", port: 2 } },
    { pool: "q", server: "a", ejected: false, resolved: { host: "10.0.0.1", port: 4 } },
  ];
  t.same(updates, known);
  t.match(stateOf("literal"), { address: "127.0.0.1:3", resolved: null });
  t.match(supervisor.names(), [{ host: "c.test", address: "10.0.0.1" }]);
  supervisor.configure(pools);
  t.same(updates, [...known, ...known], "a reload tells all again");
});

t.test("an ejected server whose name has another address is found there by its first probe", async (t) => {
  const { clock, updates, supervisor, configure, until, stateOf } = setUp(t, {
    "c.test": ["127.0.0.1", "127.0.0.2"],
  });
  const memcached = await new FakeMemcached().start(t, "127.0.0.2");
  const named = serverOptions("a", 1, { address: { host: "c.test", port: memcached.port } });
  configure([poolOptions("p", [named, serverOptions("b")], { eject })]);
  await until(() => updates.length === 1);
  supervisor.report(failing("a", "connect ECONNREFUSED"));
  clock.advance(1_000);
  await until(() => stateOf("a")?.state === "ready");
  t.equal(stateOf("a")?.counts.probeFailures, 0);
  t.same(updates.at(-1), {
    pool: "p",
    server: "a",
    ejected: false,
    resolved: { host: "127.0.0.2", port: memcached.port },
  });
});

t.test("two new servers under one name are each found at the address where they are", async (t) => {
  const { clock, supervisor, until, stateOf } = setUp(t, { "c.test": ["127.0.0.1", "127.0.0.2"] });
  const far = await new FakeMemcached().start(t, "127.0.0.2");
  const alsoFar = await new FakeMemcached().start(t, "127.0.0.2");
  const near = await new FakeMemcached().start(t, "127.0.0.1");
  const named = (id: string, { port }: FakeMemcached) =>
    serverOptions(id, 1, { address: { host: "c.test", port } });
  const servers = [named("a", far), named("b", alsoFar), named("c", near)];
  supervisor.configure([poolOptions("p", servers, { eject })]);
  clock.advance(0);
  await until(() => ["a", "b", "c"].every((id) => stateOf(id)?.reached === true));
  const hosts = ["a", "b", "c"].map((id) => stateOf(id)?.resolved?.split(":")[0]);
  t.same(hosts, ["127.0.0.2", "127.0.0.2", "127.0.0.1"]);
  t.match(
    supervisor.current().map(({ resolved }) => resolved),
    [{ host: "127.0.0.2" }, { host: "127.0.0.2" }, { host: "127.0.0.1" }],
  );
});

t.test("where a server was found holds while its name has that address", async (t) => {
  const names: Record<string, string[]> = { "c.test": ["127.0.0.1", "127.0.0.2"] };
  const { clock, supervisor, until, stateOf } = setUp(t, names);
  const memcached = await new FakeMemcached().start(t, "127.0.0.2");
  const { port } = memcached;
  supervisor.configure([poolOptions("p", [serverOptions("a", 1, { address: { host: "c.test", port } })])]);
  clock.advance(0);
  await until(() => stateOf("a")?.resolved === `127.0.0.2:${port}`);
  names["c.test"] = ["127.0.0.1"];
  clock.advance(30_000);
  await until(() => stateOf("a")?.resolved === `127.0.0.1:${port}`);
});

t.test(
  "the last server of a pool, which cannot be ejected, is looked for at its other addresses",
  async (t) => {
    const { clock, updates, logged, supervisor, configure, until } = setUp(t, {
      "c.test": ["127.0.0.1", "127.0.0.2"],
    });
    const memcached = await new FakeMemcached().start(t, "127.0.0.2");
    const named = serverOptions("a", 1, { address: { host: "c.test", port: memcached.port } });
    configure([poolOptions("p", [named], { eject })]);
    await until(() => updates.length === 1);
    supervisor.report(failing("a"));
    clock.advance(0);
    await until(() => updates.length === 2);
    t.match(updates[1], { ejected: false, resolved: { host: "127.0.0.2" } });
    t.ok(logged.includes("warn a: server is failing but stays: as many as may be are ejected"));
    t.ok(logged.includes("info a: server found at another address of its name"));
  },
);

t.test("a name that does not resolve fails its probes in words", async (t) => {
  const { clock, supervisor, configure, until, stateOf } = setUp(t);
  const named = serverOptions("a", 1, { address: { host: "none.test", port: 1 } });
  configure([poolOptions("p", [named, serverOptions("b")], { eject })]);
  await until(() => supervisor.names()[0]?.reason === "not found");
  supervisor.report(failing("a"));
  clock.advance(1_000);
  await until(() => stateOf("a")?.counts.probeFailures === 1);
  t.equal(stateOf("a")?.reason, "none.test does not resolve: not found");
});

t.test("TLS files of no use fail the probe, not the daemon", async (t) => {
  const { clock, supervisor, configure, until, stateOf } = setUp(t);
  const tls = { verify: true, ca: "/nowhere/ca.pem" };
  configure([pool({ a: 1, b: 2 }, { tls })]);
  supervisor.report(failing("a"));
  clock.advance(1_000);
  await until(() => stateOf("a")?.counts.probeFailures === 1);
  t.equal(stateOf("a")?.reason, "TLS files: /nowhere/ca.pem: open ENOENT");
});

t.test("servers that go take their probes with them, and closing ends all", async (t) => {
  const { clock, updates, supervisor, configure } = setUp(t);
  const memcached = await new FakeMemcached().start(t);
  memcached.talks = false;
  const ports = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`s${i}`, memcached.port]));
  let warned = "";
  const onWarning = (warning: Error): void => {
    warned = warning.message;
  };
  process.on("warning", onWarning);
  configure([pool(ports)]);
  for (let i = 0; i < 15; i++) supervisor.report(failing(`s${i}`));
  const asked = memcached.asked();
  clock.advance(1_000);
  await asked;
  supervisor.configure([]);
  t.same(supervisor.states(), []);
  t.equal(updates.length, 15);
  await supervisor.close();
  t.equal(clock.pending, 0);
  t.equal(updates.length, 15, "what ends afterwards is of no interest");
  await new Promise(setImmediate);
  process.off("warning", onWarning);
  t.equal(warned, "");
});
