/** What does a get of very many keys cost where each is looked up by itself? */
import t from "tap";
import { SERVER } from "../../../../src/observe/metric-layout.ts";
import { startPolicies, value } from "../../../support/policies.ts";
import { until } from "../../../support/until.ts";

t.test("never more than 1,024 lookups at once, and every key has its answer in its place", async (t) => {
  const { server, connect, plane, count } = await startPolicies(t, { coalesce: true });
  const client = await connect();
  const keys = Array.from({ length: 5_000 }, (_, i) => `key${i}`);
  const isThere = (key: string) => Number(key.slice(3)) % 3 === 0;
  let most = 0;
  server.answer((request) => {
    most = Math.max(most, plane.block("server", "pool/s0")[SERVER.requestsInFlight]!);
    const key = request.slice(4, -2);
    return isThere(key) ? value(key, `of ${key}`) : "END\r\n";
  });
  const blocks = keys.filter(isThere).map((key) => value(key, `of ${key}`).slice(0, -5));
  await client.exchange(`get ${keys.join(" ")}\r\nmn\r\n`, `${blocks.join("")}END\r\nMN\r\n`);
  t.ok(most <= 1_024 && most > 100, `${most}`);
  t.equal(count("hits"), 1_667);
  t.equal(count("misses"), 3_333);
  t.equal(count("requestsInFlight"), 0);
});

t.test("200,000 keys that are near, in one line", async (t) => {
  const near_cache = { size: 65_536, ttl: 10_000, max_value: 1_000 };
  const { server, connect, count } = await startPolicies(t, { near_cache }, { limits: { bytes: 1 << 25 } });
  const client = await connect();
  server.answer(() => value("k", "x"));
  await client.exchange("get k\r\n", value("k", "x"));
  const times = 200_000;
  await client.exchange(
    `get${" k".repeat(times)}\r\n`,
    `${value("k", "x").slice(0, -5).repeat(times)}END\r\n`,
  );
  t.equal(count("nearCacheHits"), times);
  t.equal(server.requests.length, 1);
  await client.expectInStep();
});

t.test("a client that leaves in the middle: the rest is not looked up", async (t) => {
  const { server, connect, plane, count } = await startPolicies(t, { coalesce: true });
  const client = await connect();
  server.answer(() => "END\r\n");
  server.hold();
  await client.send(`get ${Array.from({ length: 5_000 }, (_, i) => `key${i}`).join(" ")}\r\n`);
  await until(() => server.requests.length === 1_024);
  client.reset();
  await until(() => plane.plane.load().connections === 0);
  server.release();
  await until(() => count("requestsInFlight") === 0);
  t.equal(server.requests.length, 1_024);
  t.equal(plane.plane.load().requests, 0);
});
