/** What is counted of requests that fail: they are errors, and neither misses nor latencies where no server saw them. */
import t, { type Test } from "tap";
import { startPlane } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

async function setUp(t: Test, pool: Parameters<typeof startPlane>[2] = {}) {
  const server = await ScriptedServer.start(t);
  const plane = await startPlane(t, [server.address], pool);
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  return { server, plane, client };
}

t.test("hits, misses and errors of single gets", async (t) => {
  const { server, plane, client } = await setUp(t);
  server.answer((request) =>
    request.startsWith("get hit")
      ? "VALUE hit 0 1\r\nx\r\nEND\r\n"
      : request.startsWith("get lost")
        ? "SERVER_ERROR out of memory\r\n"
        : "END\r\n",
  );
  await client.exchange("get hit\r\n", "VALUE hit 0 1\r\nx\r\nEND\r\n");
  await client.exchange("get miss\r\n", "END\r\n");
  await client.exchange("get lost\r\n", "SERVER_ERROR out of memory\r\n");
  t.same([plane.poolCount("hits"), plane.poolCount("misses")], [1, 1]);
  t.equal(plane.poolDurations("get"), 3, "the server has seen all of them");
});

t.test("a server that cannot be reached: no misses, and no latency", async (t) => {
  const { server, plane, client } = await setUp(t);
  await server.refuse();
  await client.send("get a\r\nset b 0 0 1\r\nx\r\n");
  t.match(await client.readLine(), /^SERVER_ERROR connect s0: /);
  t.match(await client.readLine(), /^SERVER_ERROR connect s0: /);
  t.equal(plane.poolErrors("connect"), 2);
  t.same([plane.poolCount("hits"), plane.poolCount("misses")], [0, 0]);
  t.same([plane.poolDurations("get"), plane.poolDurations("set")], [0, 0]);
});

t.test("a server that hangs up under requests: no misses, but a latency", async (t) => {
  const { server, plane, client } = await setUp(t);
  await client.send("get a\r\n");
  const connection = await server.nextConnection();
  await connection.expect("get a\r\n");
  connection.reset();
  t.match(await client.readLine(), /^SERVER_ERROR connection_lost s0: /);
  await until(() => plane.poolErrors("connection_lost") === 1);
  t.equal(plane.poolCount("misses"), 0);
  t.equal(plane.poolDurations("get"), 1);
});

t.test("where a pool has policies, too", async (t) => {
  const { server, plane, client } = await setUp(t, {
    pool: { near_cache: { ttl: 1_000, size: 1e6, max_value: 1e3 } } as never,
  });
  await server.refuse();
  await client.send("get a\r\nget a b\r\n");
  t.match(await client.readLine(), /^SERVER_ERROR connect s0: /);
  t.match(await client.readLine(), /^SERVER_ERROR connect s0: /);
  t.same([plane.poolCount("hits"), plane.poolCount("misses")], [0, 0]);
  t.equal(plane.poolDurations("get"), 0);
});
