/** The table of outcomes (`upstream/outcomes.ts`), row by row, over memcache. HTTP's: `http-outcomes.test.ts`. */
import t, { type Test } from "tap";
import { clientError, upstreamError } from "../../src/observe/metric-labels.ts";
import { SERVER } from "../../src/observe/metric-layout.ts";
import { type Outcome, type OutcomeName, outcomes } from "../../src/upstream/outcomes.ts";
import type { EjectOptions } from "../../src/upstream/pool-options.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { type Plane, type PlaneOptions, startPlane } from "../support/plane.ts";
import { RunOut } from "../support/run-out.ts";
import { type ScriptedConnection, ScriptedServer } from "../support/scripted-server.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

interface World {
  readonly clock: FakeClock;
  readonly plane: Plane;
  readonly peer: ScriptedServer;
  readonly client: WireClient;
  readonly connect: () => Promise<WireClient>;
}

interface Scenario {
  readonly options?: PlaneOptions;
  readonly before?: (world: World) => Promise<unknown>;
  /** The client asks, and this happens. */
  readonly happens: (world: World) => Promise<unknown>;
  /** What it sees: the line that the table has (default), the server's answer, or nothing but perhaps the end. */
  readonly sees?: "own" | "answer" | "nothing";
  /** It does not come to a server. */
  readonly serverless?: boolean;
}

const ask = "get a\r\n";
const eject: EjectOptions = {
  failures: 1,
  window: 10_000,
  backoff: 1_000,
  max_backoff: 8_000,
  max_percent: 50,
  on_eject: "fail_fast",
};
const auth = { username: "user", password: "secret" };
const hello = "set auth 0 0 11\r\nuser secret\r\n";
const large = 32 << 20;

/** The client asks, and the server has it. */
async function asked({ client, peer }: World, request = ask): Promise<ScriptedConnection> {
  await client.send(request);
  const connection = await peer.nextConnection();
  await connection.expect(request);
  return connection;
}

/** A large value, of which the client has sent the beginning. */
const begunUpload = `set a 0 0 1000000\r\n${"x".repeat(1_000)}`;

/** A client that reads nothing is being sent a value that is larger than what may be held for it. */
async function readingSlowly(world: World): Promise<ScriptedConnection> {
  const { client, peer, plane } = world;
  const answer = Buffer.concat([Buffer.from(`VALUE a 0 ${large}\r\n`), Buffer.alloc(large)]);
  client.pause();
  await client.send(ask);
  const first = await peer.nextConnection();
  await first.expect(ask);
  void first.send(answer);
  void first.send("\r\nEND\r\n");
  // It is asked for once more, over a connection of its own.
  const lent = await peer.nextConnection();
  await lent.expect(ask);
  void lent.send(answer);
  // Until podmate reads no more of it.
  for (let calm = 0, before = -1; calm < 30; calm++) {
    await turns(10);
    const now = plane.block("server", "pool/s0")[SERVER.readBytes]!;
    if (now !== before) calm = 0;
    before = now;
  }
  return lent;
}

const scenarios: Partial<Record<OutcomeName, Scenario>> = {
  answered: { sees: "answer", happens: async (world) => await (await asked(world)).send("END\r\n") },
  errorReply: {
    sees: "answer",
    happens: async (world) => await (await asked(world)).send("SERVER_ERROR out of memory\r\n"),
  },
  refused: {
    happens: async ({ peer, client }) => {
      await peer.refuse();
      await client.send(ask);
    },
  },
  connectTimeout: {
    options: { pool: { connect_timeout: 1_000, auth } },
    happens: async ({ peer, client, clock }) => {
      await client.send(ask);
      await (await peer.nextConnection()).expect(hello);
      clock.advance(1_500);
    },
  },
  handshake: {
    options: { pool: { auth } },
    happens: async ({ peer, client }) => {
      await client.send(ask);
      const connection = await peer.nextConnection();
      await connection.expect(hello);
      await connection.send("CLIENT_ERROR authentication failure\r\n");
    },
  },
  connectPause: {
    before: async ({ peer, client }) => {
      await peer.refuse();
      await client.send(ask);
      await client.readLine();
    },
    happens: async ({ client }) => await client.send(ask),
  },
  exhausted: {
    happens: async ({ client }) => {
      const runOut = await RunOut.ofFiles();
      await client.send(ask);
      await until(() => client.received.length > 0);
      await runOut.end();
    },
  },
  lost: { happens: async (world) => (await asked(world)).reset() },
  uploadLost: {
    happens: async (world) => {
      const { client, peer } = world;
      await client.send(begunUpload);
      const connection = await peer.nextConnection();
      await connection.expect(begunUpload);
      connection.reset();
      await connection.waitForEnd().catch(() => {});
      await turns(20);
      await client.send(`${"x".repeat(999_000)}\r\n`);
    },
  },
  truncated: {
    happens: async (world) => {
      const connection = await asked(world);
      await connection.send("VALUE a 0 1000\r\nhalf");
      connection.halfClose();
    },
  },
  truncatedHeld: {
    sees: "nothing",
    options: { limits: { bytes: 1 << 20 } },
    happens: async (world) => {
      (await readingSlowly(world)).reset();
      await turns(20);
      world.client.resume();
      await world.client.waitForEnd();
    },
  },
  timeout: {
    happens: async (world) => {
      await asked(world);
      world.clock.advance(11_000);
    },
  },
  valueRefused: {
    before: async (world) => {
      await (await asked(world, "ms a 1\r\nx\r\n")).send("ERROR\r\n");
      await world.client.readLine();
    },
    happens: async ({ client }) => await client.send("ms a 1\r\nx\r\n"),
  },
  protocol: { happens: async (world) => await (await asked(world)).send("220 mail ESMTP\r\n") },
  busy: {
    options: { pool: { limits: { requests: 1, bytes: 1 << 20, large_values: 16 } } },
    before: async ({ connect, peer }) => {
      await (await connect()).send("get b\r\n");
      await (await peer.nextConnection()).expect("get b\r\n");
    },
    happens: async ({ client }) => await client.send(ask),
  },
  ejected: {
    happens: async ({ client, plane }) => {
      plane.plane.update({ pool: "pool", server: "s0", ejected: true });
      await client.send(ask);
    },
  },
  noServer: {
    options: { pool: { eject: { ...eject, on_eject: "rehash" } } },
    serverless: true,
    happens: async ({ client, plane }) => {
      plane.plane.update({ pool: "pool", server: "s0", ejected: true });
      await client.send(ask);
    },
  },
  overloaded: {
    serverless: true,
    happens: async ({ client, plane }) => {
      plane.plane.setPressure(1);
      await client.send(ask);
    },
  },
  yielded: {
    serverless: true,
    happens: async ({ client, plane }) => {
      plane.plane.setPressure(0, 1);
      await client.send(ask);
    },
  },
  shutDown: {
    sees: "nothing",
    happens: async (world) => {
      await asked(world);
      await world.plane.close();
    },
  },
  badRequest: { happens: async ({ client }) => await client.send("incr a b\r\n") },
  clientStalled: {
    sees: "nothing",
    options: { pool: { timeout: 1_000 } },
    happens: async (world) => {
      const { client, clock, peer } = world;
      await client.send(begunUpload);
      const connection = await peer.nextConnection();
      await connection.expect(begunUpload);
      for (let i = 0; i < 8; i++) clock.advance(10_000);
      await client.waitForEnd();
    },
  },
  clientTooSlow: {
    sees: "nothing",
    // Nobody answers the check of the other connection.
    options: { pool: { timeout: 0 }, limits: { bytes: 1 << 20 } },
    happens: async (world) => {
      await readingSlowly(world);
      for (let i = 0; i < 32; i++) world.clock.advance(10_000);
    },
  },
  clientGone: {
    sees: "nothing",
    happens: async (world) => {
      await world.client.send(begunUpload);
      await (await world.peer.nextConnection()).expect(begunUpload);
      world.client.close();
    },
  },
};

const kinds = Object.keys(upstreamError) as (keyof typeof upstreamError)[];
const clientKinds = Object.keys(clientError) as (keyof typeof clientError)[];
const names = [
  "reports",
  ...kinds.map((each) => `server ${each}`),
  ...kinds.map((each) => `pool ${each}`),
  ...clientKinds.map((each) => `client ${each}`),
];

/** What there is of each of `names` by now. */
function countsOf(plane: Plane): number[] {
  return [
    plane.reports.filter(({ state }) => state === "failing").length,
    ...kinds.map((each) => plane.block("server", "pool/s0")[SERVER.errors + upstreamError[each]]!),
    ...kinds.map((each) => plane.poolErrors(each)),
    ...clientKinds.map((each) => plane.clientErrors(each)),
  ];
}

/** What the end adds to each of `names`. */
function countsFor(row: Outcome, { serverless = false }: Scenario): number[] {
  const { error, clientError } = row.memcache!;
  return [
    row.counts ? 1 : 0,
    ...kinds.map((each) => (each === error && !serverless ? 1 : 0)),
    ...kinds.map((each) => (each === error ? 1 : 0)),
    ...clientKinds.map((each) => (each === clientError ? 1 : 0)),
  ];
}

const logLines = (plane: Plane) =>
  plane.logs.filter((line) => / (server connection lost|requests to server failed) /.test(line));

async function seen(t: Test, row: Outcome, { sees = "own" }: Scenario, client: WireClient): Promise<void> {
  if (sees === "nothing") return;
  const line = await client.readLine();
  if (sees === "own") t.ok(line.startsWith(row.memcache!.answer!), line);
  else t.notMatch(line, /^SERVER_ERROR (?!out of memory)/);
}

for (const [name, scenario] of Object.entries(scenarios)) {
  const row: Outcome = outcomes[name as OutcomeName];
  t.test(`${name} counts, is logged and answered as the table says`, async (t) => {
    const clock = new FakeClock();
    const peer = await ScriptedServer.start(t);
    const { options = {} } = scenario;
    const pool = { eject, ...options.pool };
    const plane = await startPlane(t, [peer.address], { ...options, pool, clock });
    expectNothingBuffered(t, plane);
    const connect = async () => {
      const client = await WireClient.connect(plane.address);
      t.teardown(() => client.close());
      return client;
    };
    const world = { clock, plane, peer, connect, client: await connect() };
    await scenario.before?.(world);
    const before = countsOf(plane);
    const logged = logLines(plane).length;
    await scenario.happens(world);
    await seen(t, row, scenario, world.client);
    const expected = before.map((count, i) => count + countsFor(row, scenario)[i]!);
    await until(() => String(countsOf(plane)) === String(expected), "", 5_000).catch(() => {});
    t.same(countsOf(plane), expected, names.join(", "));
    const lines = logLines(plane).slice(logged);
    t.equal(lines.length, row.log !== null && !scenario.serverless ? 1 : 0, lines.join("\n"));
    for (const line of lines)
      t.ok(line.startsWith(`${row.log} `) && line.includes(`"fault":"${row.fault}"`), line);
  });
}

t.test("none is left out", async (t) => {
  const rows = Object.entries(outcomes).filter(([, { memcache }]) => memcache !== null);
  t.same(new Set(Object.keys(scenarios)), new Set(rows.map(([name]) => name)));
});
