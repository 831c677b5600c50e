/** The table of outcomes (`upstream/outcomes.ts`), row by row, over HTTP/1.1. The rows of HTTP/2: `http2-outcomes.test.ts`. */
import { setImmediate } from "node:timers/promises";
import t from "tap";
import { outcomes } from "../../src/upstream/outcomes.ts";
import { get, head, ok, request } from "../support/http-messages.ts";
import { httpRoute, setUpHttp } from "../support/http-plane.ts";
import { http2Outcomes } from "../support/http2-outcomes.ts";
import { checkRows, type Scenarios, type World } from "../support/outcome-rows.ts";
import { RunOut } from "../support/run-out.ts";
import type { ScriptedConnection, ScriptedServer } from "../support/scripted-server.ts";
import { turns, until } from "../support/until.ts";
import type { WireClient } from "../support/wire-client.ts";

type H1 = World<ScriptedServer>;

/** The client asks, and the first server has it. */
async function asked({ client, servers, ask }: H1): Promise<ScriptedConnection> {
  await client.send(ask);
  const connection = await servers[0]!.nextConnection();
  await connection.expect(ask);
  return connection;
}

/** A connection that has served a request, and is kept. */
let kept: ScriptedConnection;
async function keep({ client, servers }: H1): Promise<void> {
  await client.send(get("/first"));
  kept = await servers[0]!.nextConnection();
  await kept.expect(get("/first"));
  await kept.send(ok("x"));
  await client.expect(ok("x"));
  await askOther(servers, client);
}

/** So that it is the turn of the first server again. */
async function askOther(servers: readonly ScriptedServer[], client: WireClient): Promise<void> {
  servers[1]?.answer(() => ok("x"));
  if (servers.length > 1) await client.exchange(get("/other"), ok("x"));
}

const post = `${request("POST", "/", "Content-Length: 4")}body`;
const half = `${request("PUT", "/", "Content-Length: 4")}bo`;
const begun = head("HTTP/1.1 200 OK", "Content-Length: 9");
const large = 32 << 20;

/** Nothing is left of them but to reset the connection. */
const afterReset = async (world: H1, before: (server: ScriptedConnection) => unknown = () => {}) => {
  const connection = await asked(world);
  await before(connection);
  world.heal();
  connection.reset();
};

const scenarios: Scenarios<ScriptedServer> = {
  answered: { sees: "answer", happens: async (world) => (await asked(world)).send(ok("x")) },
  failingStatus: {
    options: { http: { fail_on: [503] } },
    sees: "answer",
    happens: async (world) => (await asked(world)).send(ok("x").replace("200 OK", "503 No")),
  },
  refused: {
    happens: async ({ client, servers, ask, heal }) => {
      await servers[0]!.refuse();
      heal();
      await client.send(ask);
    },
  },
  connectTimeout: {
    options: { pool: { connect_timeout: 1_000 } },
    happens: async ({ client, clock, plane, ask, heal }) => {
      heal();
      await client.send(ask);
      // The connection has been begun in this turn of the event loop, and opens in the next one at the earliest.
      while (plane.serverCount("connects") === 0) await setImmediate();
      clock.advance(1_500);
    },
  },
  connectPause: {
    before: async ({ connect, servers }) => {
      await servers[0]!.refuse();
      servers[1]?.answer(() => ok("x"));
      const other = await connect();
      await other.send(post);
      await other.readUntil("\r\n\r\n");
      // It has moved on to the other one, whose turn is next.
      await askOther(servers, await connect());
    },
    happens: async ({ client, ask, heal }) => {
      heal();
      await client.send(ask);
    },
  },
  exhausted: {
    before: async ({ client, servers }) => {
      servers[0]!.answer(() => ok("x", "Connection: close"));
      await client.exchange(get("/first"), ok("x"));
      await askOther(servers, client);
      servers[0]!.silence();
    },
    happens: async ({ client, ask, heal }) => {
      heal();
      const runOut = await RunOut.ofFiles();
      await client.send(ask);
      await until(() => client.received.length > 0);
      await runOut.end();
    },
  },
  keptUnsent: {
    before: keep,
    sees: "answer",
    happens: async ({ client, ask, heal }) => {
      heal();
      // Both before the next turn of the event loop, in which podmate gets the one and then the other.
      void client.send(ask);
      kept.reset();
    },
  },
  keptLost: {
    before: keep,
    ask: post,
    repeated: get(),
    happens: async ({ client, ask, heal }) => {
      await client.send(ask);
      await kept.expect(ask);
      heal();
      kept.reset();
    },
  },
  lost: { happens: (world) => afterReset(world) },
  uploadLost: { ask: half, rest: "dy", happens: (world) => afterReset(world) },
  uploadStalled: { ask: half, happens: (world) => afterReset(world, () => world.clock.advance(1_000)) },
  truncated: { sees: "cut off", happens: (world) => afterReset(world, (server) => server.send(begun)) },
  truncatedHeld: {
    sees: "cut off",
    happens: async (world) => {
      const { client, plane } = world;
      const connection = await asked(world);
      client.pause();
      await connection.send(head("HTTP/1.1 200 OK", `Content-Length: ${large}`));
      void connection.send(Buffer.alloc(large));
      await until(() => plane.bufferedBytes > 0);
      await turns(50);
      connection.reset();
      client.resume();
    },
  },
  timeout: {
    happens: async (world) => {
      await asked(world);
      world.heal();
      world.clock.advance(11_000);
    },
  },
  continueAwaited: {
    ask: request("PUT", "/", "Content-Length: 4", "Expect: 100-continue"),
    happens: async (world) => {
      await asked(world);
      world.clock.advance(11_000);
    },
  },
  late: {
    options: { http: { request_timeout: 5_000 } },
    happens: async (world) => {
      await asked(world);
      world.clock.advance(6_000);
    },
  },
  lateClient: {
    options: { http: { request_timeout: 5_000 } },
    ask: half,
    happens: async (world) => {
      await asked(world);
      world.clock.advance(6_000);
    },
  },
  stopped: {
    options: { http: { body_timeout: 5_000 } },
    sees: "cut off",
    happens: async (world) => {
      await (await asked(world)).send(begun);
      await until(() => world.plane.serverCount("readBytes") === begun.length);
      world.clock.advance(6_000);
    },
  },
  protocol: { happens: async (world) => (await asked(world)).send("220 mail ESMTP\r\n\r\n") },
  busy: {
    options: { pool: { limits: { requests: 1, bytes: 1 << 20, large_values: 16 } } },
    before: async ({ connect, servers }) => {
      await (await connect()).send(get("/other"));
      await servers[0]!.waitFor(get("/other"));
      // With another server, its turn would come first.
      if (servers[1] !== undefined) {
        await (await connect()).send(get("/other"));
        await servers[1].waitFor(get("/other"));
      }
    },
    happens: async ({ client, ask }) => await client.send(ask),
  },
  lateQueued: {
    options: {
      pool: { connections: 1 },
      listener: { routes: [httpRoute({ timeout: 5_000, path: "/late" }), httpRoute()] },
    },
    ask: get("/late"),
    before: async ({ connect, servers }) => {
      for (const server of servers) {
        await (await connect()).send(get("/other"));
        await server.waitFor(get("/other"));
      }
    },
    happens: async ({ client, clock, plane, ask }) => {
      await client.send(ask);
      await until(() => plane.serverCount("pendingRequests") === 1);
      clock.advance(6_000);
    },
  },
  ejected: {
    options: {
      pool: { eject: { ...ejectOptions(), on_eject: "fail_fast" } },
      route: { hash: [{ kind: "header", name: "x-key" }] },
    },
    ask: get("/", "X-Key: k"),
    happens: async ({ client, plane, servers, ask }) => {
      for (const index of servers.keys())
        plane.plane.update({ pool: "pool", server: `s${index}`, ejected: true });
      await client.send(ask);
    },
  },
  noServer: {
    serverless: true,
    happens: async ({ client, plane, ask }) => {
      plane.plane.update({ pool: "pool", server: "s0", ejected: true });
      await client.send(ask);
    },
  },
  overloaded: {
    happens: async ({ client, plane, ask }) => {
      plane.plane.setPressure(1);
      await client.send(ask);
    },
  },
  yielded: {
    happens: async ({ client, plane, ask }) => {
      plane.plane.setPressure(0, 1);
      await client.send(ask);
    },
  },
  shutDown: {
    sees: "nothing",
    serverless: true,
    happens: async (world) => {
      await asked(world);
      await world.plane.close();
    },
  },
  badRequest: {
    ask: request("PUT", "/", "Transfer-Encoding: chunked"),
    happens: async (world) => {
      await asked(world);
      await world.client.send("no chunk\r\n");
    },
  },
  clientStalled: {
    ask: half,
    happens: async (world) => {
      await asked(world);
      world.clock.advance(11_000);
    },
  },
  clientTooSlow: {
    sees: "nothing",
    happens: async (world) => {
      const { client, clock, plane } = world;
      const connection = await asked(world);
      client.pause();
      await connection.send(head("HTTP/1.1 200 OK", `Content-Length: ${large}`));
      void connection.send(Buffer.alloc(large));
      await until(() => plane.bufferedBytes > 0);
      await turns(50);
      for (let i = 0; i < 4; i++) clock.advance(4_000);
    },
  },
  clientGone: {
    sees: "nothing",
    happens: async (world) => {
      await asked(world);
      // One that only closes its side, right behind its request, is taken to want the answer.
      world.client.reset();
    },
  },
};

function ejectOptions() {
  return { failures: 1, window: 10_000, backoff: 1_000, max_backoff: 8_000, max_percent: 100 } as const;
}

t.test("rows", async (t) => {
  await checkRows(t, scenarios, async (t, options, count) => {
    const { clock, plane, peers, connect } = await setUpHttp(t, options, count);
    const heal = () => {
      for (const peer of peers) peer.answer(() => ok("again"));
    };
    return { clock, plane, servers: peers, connect, client: await connect(), heal };
  });
});

t.test("none is left out", async (t) => {
  const rows = Object.entries(outcomes).filter(([, { http }]) => http !== null);
  // What podmate writes itself is a head that it can read: `upstream/http2/request-target` writes another one.
  const elsewhere = ["unsendable", ...Object.keys(http2Outcomes)];
  t.same(new Set([...Object.keys(scenarios), ...elsewhere]), new Set(rows.map(([name]) => name)));
});
