/** Do policies work together in the order stated, and beside pools that have none? */
import t from "tap";
import { planeSnapshot } from "../../../support/plane.ts";
import { otherPool, startPolicies, value } from "../../../support/policies.ts";
import { ScriptedServer } from "../../../support/scripted-server.ts";
import { turns, until } from "../../../support/until.ts";

const near_cache = { size: 65_536, ttl: 10_000, max_value: 1_000 };

t.test("all at once: each step is reached by what the one before does not settle", async (t) => {
  const all = {
    near_cache,
    coalesce: true,
    failover: ["spare"],
    mirror: { pool: "copy", writes: true, reads: 1 },
    warm_from: { pool: "old", ttl: 60 },
  };
  const set = await startPolicies(t, all, { others: ["spare", "copy", "old"] });
  const { server, others, connect, count } = set;
  const [one, two] = [await connect(), await connect()];
  server.answer((request) => (request.startsWith("get") ? "END\r\n" : "STORED\r\n"));
  others.old.answer(() => value("k", "old"));
  others.copy.answer(() => "END\r\n");
  server.hold();
  await one.send("get k\r\n");
  await server.waitFor("get k\r\n");
  await two.send("get k\r\n");
  await until(() => count("coalescedRequests") === 1);
  server.release();
  await Promise.all([one, two].map((client) => client.expect(value("k", "old"))));
  await server.waitFor("add k 0 60 3\r\nold\r\n");
  await one.exchange("get k\r\n", value("k", "old"));
  t.equal(count("nearCacheHits"), 1);
  t.strictSame(server.requests, ["get k\r\n", "add k 0 60 3\r\nold\r\n"]);
  t.strictSame(others.old.requests, ["get k\r\n"]);
  t.strictSame(others.copy.requests, ["get k\r\n"], "the mirror sees what is sent to the pool");

  set.plane.plane.update({ pool: "pool", server: "s0", ejected: true });
  others.spare.answer((request) => (request.startsWith("get") ? value("l", "spare") : "STORED\r\n"));
  await one.exchange("set k 0 0 1\r\nx\r\n", "STORED\r\n");
  await two.exchange("get l\r\nget l\r\n", value("l", "spare") + value("l", "spare"));
  t.strictSame(others.spare.requests.slice(0, 2), ["set k 0 0 1\r\nx\r\n", "get l\r\n"]);
  t.equal(count("nearCacheEntries"), 0, "what another pool says is not kept");
  t.equal(count("requestsInFlight"), 0);
});

t.test(
  "a miss of the failover pool is looked up in the other one, too, and stored where it was missed",
  async (t) => {
    const more = { failover: ["spare"], warm_from: { pool: "old", ttl: 60 } };
    const { server, others, connect } = await startPolicies(t, more, { others: ["spare", "old"] });
    await server.refuse();
    others.spare.answer((request) => (request.startsWith("get") ? "END\r\n" : "STORED\r\n"));
    others.old.answer(() => value("k", "old"));
    const client = await connect();
    await client.exchange("get k\r\n", value("k", "old"));
    await others.spare.waitFor("add k 0 60 3\r\nold\r\n");
  },
);

for (const [name, policies, request] of [
  ["failover", { failover: ["other"] }, "set k 0 0 3\r\nnew\r\n"],
  ["failover, a large value", { failover: ["other"] }, `set k 0 0 200000\r\n${"x".repeat(200_000)}\r\n`],
  ["mirror", { mirror: { pool: "other", writes: true, reads: 0 } }, "set k 0 0 3\r\nnew\r\n"],
  ["mirror, a flush", { mirror: { pool: "other", writes: true, reads: 0 } }, "flush_all\r\n"],
] as const) {
  t.test(`a write that reaches another pool by ${name} is seen by that pool's near cache`, async (t) => {
    const other = await ScriptedServer.start(t);
    const pools = [otherPool("other", other, { near_cache })];
    const { server, connect, plane, count } = await startPolicies(t, policies, {
      pools,
      listener: { pool: "other" },
    });
    const client = await connect();
    other.answer((asked) => (asked.startsWith("get") ? value("k", "old") : "STORED\r\n"));
    await client.exchange("get k\r\n", value("k", "old"));
    t.equal(count("nearCacheEntries", "other"), 1);
    await plane.plane.apply(planeSnapshot([server.address], { pool: policies, pools }));
    t.equal(count("nearCacheEntries", "other"), 1, "a reload keeps what is near");
    if (name.startsWith("failover")) plane.plane.update({ pool: "pool", server: "s0", ejected: true });
    server.answer((asked) => (asked.startsWith("flush") ? "OK\r\n" : "STORED\r\n"));
    await client.exchange(request, request.startsWith("flush") ? "OK\r\n" : "STORED\r\n");
    t.equal(count("nearCacheEntries", "other"), 0);
  });
}

t.test("pools with and without policies behind one listener, in one get", async (t) => {
  const plain = await ScriptedServer.start(t);
  const set = await startPolicies(
    t,
    { near_cache },
    {
      pools: [otherPool("plain", plain)],
      listener: { routes: [{ prefix: "p:", pool: "plain" }] },
    },
  );
  const { server, connect, count } = set;
  const client = await connect();
  for (const peer of [server, plain]) {
    peer.answer((request) => {
      const keys = request.trimEnd().split(" ").slice(1);
      return `${keys.map((key) => value(key, "x").slice(0, -5)).join("")}END\r\n`;
    });
  }
  const found = (...keys: string[]) => `${keys.map((key) => value(key, "x").slice(0, -5)).join("")}END\r\n`;
  await client.exchange("get p:1 k p:2 p:1\r\n", found("p:1", "k", "p:2", "p:1"));
  await client.exchange("get p:1 k\r\n", found("p:1", "k"));
  t.strictSame(server.requests, ["get k\r\n"]);
  t.equal(plain.requests.length, 4);
  await client.exchange("get p:1 p:2\r\n", found("p:1", "p:2"));
  t.equal(plain.requests.at(-1), "get p:1 p:2\r\n", "keys of plain pools alone go as ever");
  t.equal(count("hits", "plain"), 6);
  t.equal(count("hits"), 2);
});

for (const on_error of ["partial", "error"] as const) {
  t.test(`a get of many keys, one of which fails: ${on_error}`, async (t) => {
    const down = await ScriptedServer.start(t);
    await down.refuse();
    const { server, connect, count } = await startPolicies(
      t,
      { near_cache },
      {
        pools: [otherPool("down", down, { on_error })],
        listener: { routes: [{ prefix: "d:", pool: "down" }] },
      },
    );
    server.answer(() => value("k", "x"));
    const client = await connect();
    await client.send("get d:1 k d:2\r\n");
    if (on_error === "partial") await client.expect(value("k", "x"));
    else t.match(await client.readLine(), /^SERVER_ERROR connect s0: /);
    t.equal(count("partialMultigets", "down"), on_error === "partial" ? 1 : 0);
    await client.send("get d:1 d:2\r\n");
    t.match(await client.readLine(), /^SERVER_ERROR connect s0: /);
    await client.expectInStep();
  });
}

t.test("a reload switches policies on and off under clients that stay", async (t) => {
  const { server, connect, plane } = await startPolicies(t, {});
  const client = await connect();
  server.answer(() => value("k", "x"));
  const ask = async (requests: number): Promise<void> => {
    const before = server.requests.length;
    await client.exchange("get k\r\nget k\r\n", value("k", "x") + value("k", "x"));
    t.equal(server.requests.length - before, requests);
  };
  await ask(2);
  await plane.plane.apply(planeSnapshot([server.address], { pool: { near_cache } }));
  // Both are sent before the first is answered.
  await ask(2);
  await ask(0);
  await plane.plane.apply(
    planeSnapshot([server.address], { pool: { near_cache: { ...near_cache, ttl: 1 } } }),
  );
  await ask(2);
  await plane.plane.apply(planeSnapshot([server.address]));
  await ask(2);
});

t.test("a pool that a reload takes away while requests may go on to it gets none of them", async (t) => {
  const { server, others, connect, plane } = await startPolicies(
    t,
    { failover: ["spare"] },
    { others: ["spare"] },
  );
  const client = await connect();
  await client.send("get k\r\n");
  const connection = await server.nextConnection();
  await connection.expect("get k\r\n");
  await plane.plane.apply(planeSnapshot([server.address]));
  connection.close();
  t.match(await client.readLine(), /^SERVER_ERROR connection_lost s0: /);
  await turns();
  t.equal(others.spare.accepted, 0);
});

t.test("closing ends what is in flight, and tries nothing elsewhere", async (t) => {
  const { server, others, connect, plane } = await startPolicies(
    t,
    { failover: ["spare"] },
    { others: ["spare"] },
  );
  const client = await connect();
  await client.send("get k\r\nset k 0 0 1\r\nx\r\n");
  await server.waitFor("get k\r\nset k 0 0 1\r\nx\r\n");
  await plane.close();
  await turns();
  t.equal(others.spare.accepted, 0);
});
