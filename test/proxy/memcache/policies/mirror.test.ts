/** A pool with a mirror: what is copied, and does the mirror ever disturb a client? */
import t, { type Test } from "tap";
import { startPolicies, value } from "../../../support/policies.ts";
import { turns, until } from "../../../support/until.ts";

const setUp = (t: Test, writes: boolean, reads: number, more = {}) =>
  startPolicies(t, { mirror: { pool: "copy", writes, reads }, ...more }, { others: ["copy"] });

const WRITES: readonly (readonly [request: string, answer: string])[] = [
  ["set k 0 0 1\r\nx\r\n", "STORED\r\n"],
  ["add k 0 0 1\r\nx\r\n", "STORED\r\n"],
  ["cas k 0 0 1 5\r\nx\r\n", "STORED\r\n"],
  ["append k 0 0 3\r\n\r\n\xff\r\n", "STORED\r\n"],
  ["incr k 1\r\n", "2\r\n"],
  ["touch k 9\r\n", "TOUCHED\r\n"],
  ["gat 9 k\r\n", "END\r\n"],
  ["delete k\r\n", "DELETED\r\n"],
  ["ms aw== 1 b\r\nx\r\n", "HD\r\n"],
  ["md k\r\n", "HD\r\n"],
  ["ma k\r\n", "HD\r\n"],
  ["mg k T9\r\n", "HD\r\n"],
  ["flush_all\r\n", "OK\r\n"],
];
const READS: readonly (readonly [request: string, answer: string])[] = [
  ["get k\r\n", value("k", "x")],
  ["gets k\r\n", "END\r\n"],
  ["mg k v\r\n", "EN\r\n"],
];

t.test("writes are copied byte for byte, reads are not", async (t) => {
  const { server, others, connect, count } = await setUp(t, true, 0);
  const client = await connect();
  others.copy.answer(() => "SERVER_ERROR what the mirror says is nobody's business\r\n");
  for (const [request, answer] of [...READS, ...WRITES]) {
    server.answer(() => answer);
    await client.exchange(request, answer);
  }
  const copies = WRITES.map(([request]) => request);
  await others.copy.waitFor(copies.join(""));
  t.strictSame(others.copy.requests, copies);
  t.strictSame(server.requests, [...READS.map(([request]) => request), ...copies]);
  t.equal(count("mirroredRequests"), WRITES.length);
  t.equal(count("mirrorDroppedRequests"), 0);
});

t.test("noreply and quiet writes are copied as they go to the server", async (t) => {
  const { server, others, connect } = await setUp(t, true, 0);
  const client = await connect();
  server.answer((request) => (request.startsWith("ms") ? "MN\r\n" : "STORED\r\n"));
  await client.send("set k 0 0 1 noreply\r\nx\r\nms k 1 q\r\ny\r\n");
  await others.copy.waitFor("set k 0 0 1\r\nx\r\nms k 1 q\r\ny\r\nmn\r\n");
  await client.expectInStep();
});

for (const [share, copied] of [
  [0, 0],
  [0.1, 10],
  [0.25, 25],
  [1, 100],
] as const) {
  t.test(`of reads a share of ${share} is copied, evenly`, async (t) => {
    const { server, others, connect, count } = await setUp(t, false, share);
    const client = await connect();
    server.answer((request) => (request.startsWith("get") ? "END\r\n" : "STORED\r\n"));
    await client.exchange("set k 0 0 1\r\nx\r\n", "STORED\r\n");
    for (let i = 0; i < 20; i++) await client.exchange("get a b c d e\r\n", "END\r\n");
    await until(() => count("mirroredRequests") === copied);
    t.equal(others.copy.requests.length <= copied, true);
    if (copied > 0) await until(() => others.copy.requests.length === copied);
  });
}

t.test(
  "the answer to the client does not wait for the mirror, which may be silent, slow or gone",
  async (t) => {
    const { server, others, connect, count, clock } = await setUp(t, true, 1);
    const client = await connect();
    server.answer((request) => {
      if (request.startsWith("version")) return "VERSION 1\r\n";
      return request.startsWith("get") ? "END\r\n" : "STORED\r\n";
    });
    const request = "set k 0 0 1\r\nx\r\nget k\r\n";
    await client.exchange(request, "STORED\r\nEND\r\n");
    await others.copy.waitFor(request);
    clock.advance(11_000);
    t.equal(count("mirrorDroppedRequests"), 2, "no answer in time");
    others.copy.resetAll();
    await others.copy.refuse();
    await client.exchange(request, "STORED\r\nEND\r\n");
    await client.exchange(request, "STORED\r\nEND\r\n");
    await until(() => count("mirrorDroppedRequests") === 6);
    t.equal(count("requestsInFlight"), 0);
    await client.expectInStep();
  },
);

t.test("garbage from the mirror costs the mirror its connection, and no client anything", async (t) => {
  const { server, others, connect } = await setUp(t, true, 0);
  const client = await connect();
  server.answer(() => "STORED\r\n");
  others.copy.answer(() => "GARBAGE\r\n");
  for (let i = 0; i < 3; i++) {
    await client.exchange("set k 0 0 1\r\nx\r\n", "STORED\r\n");
    await until(() => others.copy.requests.length === i + 1 && others.copy.open === 0);
  }
  await client.expectInStep();
});

t.test("a mirror that takes nothing gets at most 1 MiB to wait", async (t) => {
  const { server, others, connect, count, plane } = await setUp(t, true, 0);
  const client = await connect();
  server.answer(() => "STORED\r\n");
  const request = `set k 0 0 100000\r\n${"x".repeat(100_000)}\r\n`;
  await client.exchange(request, "STORED\r\n");
  (await others.copy.nextConnection()).pause();
  for (let i = 0; i < 200 && count("mirrorDroppedRequests") === 0; i++) {
    await client.exchange(request, "STORED\r\n");
  }
  t.ok(count("mirrorDroppedRequests") > 0);
  t.ok(plane.bufferedBytes < 4 << 20);
});

t.test("values that go by in pieces are not copied, and counted as dropped", async (t) => {
  const { server, others, connect, count } = await setUp(t, true, 0);
  const client = await connect();
  server.answer(() => "STORED\r\n");
  await client.exchange(`set k 0 0 300000\r\n${"x".repeat(300_000)}\r\n`, "STORED\r\n");
  await turns();
  t.equal(others.copy.requests.length, 0);
  t.equal(count("mirrorDroppedRequests"), 1);
});
