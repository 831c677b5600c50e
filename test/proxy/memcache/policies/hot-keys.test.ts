/** Which requests count for the most requested keys of a pool, and what of a reload? */
import t from "tap";
import { planeSnapshot } from "../../../support/plane.ts";
import { otherPool, startPolicies, value } from "../../../support/policies.ts";
import { ScriptedServer } from "../../../support/scripted-server.ts";

const near_cache = { size: 65_536, ttl: 10_000, max_value: 1_000 };

for (const [name, more] of [
  ["without policies", {}],
  ["with policies", { near_cache, coalesce: true }],
] as const) {
  t.test(`every request for a key counts once, ${name}`, async (t) => {
    const { server, connect, plane } = await startPolicies(t, { hot_keys: 3, ...more });
    const client = await connect();
    server.answer((request) => {
      if (request.startsWith("get")) return "END\r\n";
      return request.startsWith("mg") ? "EN\r\n" : "STORED\r\n";
    });
    await client.exchange("get a\r\n", "END\r\n");
    await client.exchange("get a b a\r\n", "END\r\n");
    await client.exchange("set a 0 0 1\r\nx\r\n", "STORED\r\n");
    await client.exchange("mg b v\r\n", "EN\r\n");
    await client.exchange(`set big 0 0 300000\r\n${"x".repeat(300_000)}\r\n`, "STORED\r\n");
    await client.exchange("mn\r\n", "MN\r\n");
    t.strictSame(plane.plane.hotKeys(), {
      pool: {
        total: 7,
        untracked: 0,
        keys: [
          { key: "a", count: 4, error: 0 },
          { key: "b", count: 2, error: 0 },
          { key: "big", count: 1, error: 0 },
        ],
      },
    });
  });
}

t.test("what the near cache answers counts as well", async (t) => {
  const { server, connect, plane } = await startPolicies(t, { hot_keys: 1, near_cache });
  const client = await connect();
  server.answer(() => value("k", "x"));
  for (let i = 0; i < 5; i++) await client.exchange("get k\r\n", value("k", "x"));
  t.equal(server.requests.length, 1);
  t.match(plane.plane.hotKeys(), { pool: { keys: [{ key: "k", count: 5 }] } });
});

t.test("each pool by itself; one without is not listed", async (t) => {
  const other = await ScriptedServer.start(t);
  const { server, connect, plane } = await startPolicies(
    t,
    {},
    {
      pools: [otherPool("other", other, { hot_keys: 1 })],
      listener: { routes: [{ prefix: "o:", pool: "other" }] },
    },
  );
  const client = await connect();
  for (const peer of [server, other]) peer.answer(() => "END\r\n");
  await client.exchange("get k o:1 l\r\n", "END\r\n");
  t.match(plane.plane.hotKeys(), { other: { total: 1, keys: [{ key: "o:1", count: 1 }] } });
  t.notOk("pool" in plane.plane.hotKeys());
});

t.test("a reload keeps the counts while it keeps the number of keys", async (t) => {
  const { server, connect, plane } = await startPolicies(t, { hot_keys: 5 });
  const client = await connect();
  server.answer(() => "END\r\n");
  await client.exchange("get k\r\n", "END\r\n");
  const reload = (hot_keys: number) =>
    plane.plane.apply(planeSnapshot([server.address], { pool: { hot_keys, coalesce: true } }));
  await reload(5);
  await client.exchange("get k\r\n", "END\r\n");
  t.equal(plane.plane.hotKeys()["pool"]?.total, 2);
  await reload(6);
  t.equal(plane.plane.hotKeys()["pool"]?.total, 0);
  await reload(0);
  t.strictSame(plane.plane.hotKeys(), {});
  await client.exchange("get k\r\n", "END\r\n");
});
