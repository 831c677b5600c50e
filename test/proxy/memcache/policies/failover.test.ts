/** A pool with failover pools: which requests go on to the next, and which must not? */
import t, { type Test } from "tap";
import type { PoolOptions } from "../../../../src/upstream/pool-options.ts";
import { startPolicies, value } from "../../../support/policies.ts";
import { until } from "../../../support/until.ts";
import type { WireClient } from "../../../support/wire-client.ts";

const setUp = (t: Test, more: Partial<PoolOptions> = {}) =>
  startPolicies(t, { failover: ["second", "third"], ...more }, { others: ["second", "third"] });

type SetUp = Awaited<ReturnType<typeof setUp>>;

/** Ways for the first pool's server not to do its work, and whether the request may have been done. */
const FAULTS: readonly (readonly [
  name: string,
  fail: (set: SetUp, client: WireClient, request: string) => Promise<void>,
  sent: boolean,
])[] = [
  [
    "is ejected",
    async ({ plane }, client, request) => {
      plane.plane.update({ pool: "pool", server: "s0", ejected: true });
      await client.send(request);
    },
    false,
  ],
  [
    "refuses connections",
    async ({ server }, client, request) => {
      await server.refuse();
      await client.send(request);
    },
    false,
  ],
  [
    "closes the connection",
    async ({ server }, client, request) => {
      await client.send(request);
      const connection = await server.nextConnection();
      await connection.expect(request);
      connection.close();
    },
    true,
  ],
  [
    "is silent",
    async ({ server, clock }, client, request) => {
      await client.send(request);
      await server.waitFor(request);
      clock.advance(11_000);
    },
    true,
  ],
  [
    "answers garbage",
    async ({ server }, client, request) => {
      server.answer(() => "GARBAGE\r\n");
      await client.send(request);
    },
    true,
  ],
];

const REQUESTS: readonly (readonly [request: string, answer: string, repeatable: boolean])[] = [
  ["get k\r\n", value("k", "x"), true],
  ["get k l\r\n", `${value("k", "x").slice(0, -5)}${value("l", "x")}`, true],
  ["gets k\r\n", "VALUE k 0 1 7\r\nx\r\nEND\r\n", true],
  ["mg k v\r\n", "VA 1\r\nx\r\n", true],
  ["gat 60 k\r\n", value("k", "x"), true],
  ["set k 0 0 1\r\nx\r\n", "STORED\r\n", true],
  ["delete k\r\n", "DELETED\r\n", true],
  ["touch k 60\r\n", "TOUCHED\r\n", true],
  ["add k 0 0 1\r\nx\r\n", "STORED\r\n", false],
  ["replace k 0 0 1\r\nx\r\n", "STORED\r\n", false],
  ["append k 0 0 1\r\nx\r\n", "STORED\r\n", false],
  ["prepend k 0 0 1\r\nx\r\n", "STORED\r\n", false],
  ["cas k 0 0 1 5\r\nx\r\n", "STORED\r\n", false],
  ["incr k 1\r\n", "2\r\n", false],
  ["decr k 1\r\n", "2\r\n", false],
  ["ms k 1\r\nx\r\n", "HD\r\n", false],
  ["md k\r\n", "HD\r\n", false],
  ["ma k\r\n", "HD\r\n", false],
];

function answerTo(request: string, answer: string, asked: string): string {
  return request === "get k l\r\n" ? value(asked.slice(4, -2), "x") : answer;
}

for (const [fault, fail, sent] of FAULTS) {
  for (const [request, answer, repeatable] of REQUESTS) {
    if (request === "get k l\r\n" && sent) continue;
    const goesOn = repeatable || !sent;
    t.test(`${JSON.stringify(request)}: the server ${fault}: ${goesOn ? "goes on" : "fails"}`, async (t) => {
      const set = await setUp(t);
      const client = await set.connect();
      set.others.second.answer((asked) => answerTo(request, answer, asked));
      await fail(set, client, request);
      if (goesOn) await client.expect(answer);
      else t.match(await client.readLine(), /^SERVER_ERROR (timeout|connection_lost|protocol) s0: /);
      await client.expectInStep();
      const keys = request === "get k l\r\n" ? 2 : 1;
      t.equal(set.others.second.requests.length, goesOn ? keys : 0);
      t.equal(set.others.third.requests.length, 0);
      t.equal(set.count("failoverRequests"), goesOn ? keys : 0);
      t.equal(set.count("requestsInFlight"), 0);
    });
  }
}

t.test("where the second pool is down as well, the third is asked", async (t) => {
  const { server, others, connect, count } = await setUp(t);
  await server.refuse();
  await others.second.refuse();
  others.third.answer((request) => (request.startsWith("get") ? value("k", "3") : "STORED\r\n"));
  const client = await connect();
  await client.exchange("set k 0 0 1\r\n3\r\n", "STORED\r\n");
  await client.exchange("get k\r\n", value("k", "3"));
  t.equal(count("failoverRequests"), 4);
});

t.test("where all are down, the error is about the first", async (t) => {
  const { server, others, connect, plane } = await setUp(t);
  for (const down of [server, others.second, others.third]) await down.refuse();
  const client = await connect();
  await client.send("get k\r\nincr k 1\r\nget k l\r\n");
  for (let i = 0; i < 3; i++) t.match(await client.readLine(), /^SERVER_ERROR connect s0: /);
  await client.expectInStep();
  t.equal(plane.poolErrors("connect"), 3);
  t.equal(plane.poolCount("requestsInFlight"), 0);
});

t.test("an error line is an answer, and so is a miss", async (t) => {
  const { server, others, connect, count } = await setUp(t);
  const client = await connect();
  for (const answer of ["SERVER_ERROR out of memory\r\n", "END\r\n"]) {
    server.answer(() => answer);
    await client.exchange("get k\r\n", answer);
  }
  t.equal(others.second.requests.length, 0);
  t.equal(count("failoverRequests"), 0);
});

t.test("a server that is busy is not down", async (t) => {
  const { server, others, connect } = await setUp(t, {
    limits: { requests: 1, bytes: 1 << 20, large_values: 16 },
  });
  const client = await connect();
  await client.send("get k\r\nget l\r\n");
  const connection = await server.nextConnection();
  await connection.expect("get k\r\n");
  await connection.send("END\r\n");
  await client.expect("END\r\n");
  t.match(await client.readLine(), /^SERVER_ERROR busy s0: /);
  t.equal(others.second.requests.length, 0);
});

t.test("requests that wait for a connection go on in their order", async (t) => {
  const { server, others, connect } = await setUp(t);
  await server.refuse();
  others.second.answer((request) => (request.startsWith("get") ? value("k", "x") : "STORED\r\n"));
  const client = await connect();
  await client.send("set k 0 0 1\r\nx\r\nget k\r\nset k 0 0 1 noreply\r\ny\r\nget k\r\n");
  await client.expect(`STORED\r\n${value("k", "x")}${value("k", "x")}`);
  t.strictSame(others.second.requests, [
    "set k 0 0 1\r\nx\r\n",
    "get k\r\n",
    "set k 0 0 1\r\ny\r\n",
    "get k\r\n",
  ]);
});

t.test("a large value goes to the next pool where the first is known to be down", async (t) => {
  const { others, connect, plane, count } = await setUp(t);
  plane.plane.update({ pool: "pool", server: "s0", ejected: true });
  others.second.answer(() => "STORED\r\n");
  const client = await connect();
  const request = `set k 0 0 300000\r\n${"x".repeat(300_000)}\r\n`;
  await client.exchange(request, "STORED\r\n");
  t.equal(others.second.requests[0]?.length, request.length);
  t.equal(count("failoverRequests"), 1);
});

t.test("a late answer of the first disturbs nobody", async (t) => {
  const { server, others, connect, clock } = await setUp(t);
  others.second.answer(() => value("k", "second"));
  const client = await connect();
  await client.send("get k\r\n");
  const connection = await server.nextConnection();
  await connection.expect("get k\r\n");
  clock.advance(11_000);
  await client.expect(value("k", "second"));
  await connection.send(value("k", "late"));
  server.answer(() => value("l", "first"));
  await client.exchange("get l\r\n", value("l", "first"));
  await until(() => server.accepted === 1);
});
