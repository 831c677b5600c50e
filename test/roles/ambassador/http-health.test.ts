/** Active probes of pools that speak HTTP: by a GET where a path is named, else by a connection. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import t, { type Test } from "tap";
import { UpstreamSupervisor } from "../../../src/roles/ambassador/upstream-supervisor.ts";
import type { ServerUpdate } from "../../../src/upstream/health/server-report.ts";
import type { EjectOptions, PoolOptions } from "../../../src/upstream/pool-options.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { httpPoolOptions } from "../../support/http-plane.ts";
import { serverOptions } from "../../support/pools.ts";
import { until } from "../../support/until.ts";

const eject: EjectOptions = {
  failures: 2,
  window: 1_000,
  backoff: 1_000,
  max_backoff: 8_000,
  max_percent: 50,
  on_eject: "rehash",
};

/** A server that answers a status to whatever it is asked. */
class Peer {
  readonly #server: Server;
  status = 200;
  readonly asked: string[] = [];
  port = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      this.asked.push(`${request.url} ${request.headers.host}`);
      response.writeHead(this.status).end();
    });
  }

  async start(t: Test): Promise<this> {
    await this.listen(0);
    this.port = (this.#server.address() as AddressInfo).port;
    t.teardown(() => this.stop());
    return this;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}

function setUp(t: Test) {
  const clock = new FakeClock();
  const updates: ServerUpdate[] = [];
  const supervisor = new UpstreamSupervisor({
    clock,
    lookups: { system: async () => [], records: async () => [] },
    random: () => 0,
    update: (update) => updates.push(update),
    log: () => {},
  });
  t.teardown(() => supervisor.close());
  const stateOf = (server: string) => supervisor.states().find((state) => state.server === server)!;
  return { clock, updates, supervisor, stateOf };
}

function pool(ports: Record<string, number>, health: PoolOptions["health"]): PoolOptions {
  const servers = Object.entries(ports).map(([id, port]) => serverOptions(id, port));
  return httpPoolOptions("p", servers, { pool: { eject, health } });
}

t.test("a server whose answers are out of bounds is ejected, and comes back with a good one", async (t) => {
  const { clock, updates, supervisor, stateOf } = setUp(t);
  const [a, b] = [await new Peer().start(t), await new Peer().start(t)];
  const http = { path: "/healthz", host: "api.test", statuses: [200, 299] as const };
  supervisor.configure([pool({ a: a.port, b: b.port }, { interval: 2_000, timeout: 500, http })]);
  /** Lets the next probes happen. */
  const round = async (): Promise<void> => {
    const probed = a.asked.length;
    clock.advance(2_000);
    await until(() => a.asked.length > probed && stateOf("a").nextProbe !== null);
  };
  await round();
  t.equal(a.asked[0], "/healthz api.test");
  a.status = 503;
  await round();
  await round();
  await until(() => updates.length > 0);
  t.same(updates, [{ pool: "p", server: "a", ejected: true }]);
  t.equal(stateOf("a").reason, "probe: answers 503, not 200 to 299");
  await round();
  t.equal(stateOf("a").state, "ejected", "it is still asked, and still fails");
  a.status = 204;
  clock.advance(8_000);
  await until(() => updates.length === 2);
  t.same(updates[1], { pool: "p", server: "a", ejected: false });
  t.ok(b.asked.length > 0);
});

t.test("where no path is named, a connection that opens is enough to come back", async (t) => {
  const { clock, updates, supervisor, stateOf } = setUp(t);
  const [a, b] = [await new Peer().start(t), await new Peer().start(t)];
  supervisor.configure([pool({ a: a.port, b: b.port }, null)]);
  await a.stop();
  supervisor.report({ pool: "p", server: "a", state: "failing", reason: "connect ECONNREFUSED" });
  t.equal(stateOf("a").state, "ejected");
  clock.advance(1_000);
  await until(() => stateOf("a").state === "ejected" && stateOf("a").nextProbe !== null);
  t.equal(stateOf("a").reason, "connect ECONNREFUSED");
  await a.listen(a.port);
  clock.advance(8_000);
  await until(() => updates.length === 2);
  t.same(updates[1], { pool: "p", server: "a", ejected: false });
  t.same(a.asked, [], "nothing was asked of it");
});
