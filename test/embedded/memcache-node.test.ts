// Is the node a good server: to many clients, to slow ones, to broken ones, and when it is closed?
import { join } from "node:path";
import t from "tap";
import { formatAddress } from "../../src/core/address.ts";
import { startMemcacheNode } from "../../src/embedded/memcache-node.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { tempDir } from "../support/temp-dir.ts";
import { WireClient } from "../support/wire-client.ts";

await t.test("listens on a free port", async (t) => {
  const node = await startMemcacheNode();
  t.teardown(() => node.close());
  t.match(formatAddress(node.address), /^127\.0\.0\.1:[1-9]\d+$/);
  const client = await WireClient.connect(node.address);
  await client.expectInStep();
  client.close();
});

await t.test("listens on a unix socket", async (t) => {
  const path = join(await tempDir(t), "node.sock");
  const node = await startMemcacheNode({ path });
  t.teardown(() => node.close());
  t.same(node.address, { path });
  const client = await WireClient.connect(node.address);
  await client.exchange("set k 0 0 1\r\nx\r\nget k\r\n", "STORED\r\nVALUE k 0 1\r\nx\r\nEND\r\n");
  client.close();
});

await t.test("rejects where it cannot listen", async (t) => {
  const node = await startMemcacheNode();
  t.teardown(() => node.close());
  if ("path" in node.address) throw new Error("expected a port");
  await t.rejects(startMemcacheNode({ port: node.address.port }), { code: "EADDRINUSE" });
});

await t.test("items expire by the clock given", async (t) => {
  const clock = new FakeClock();
  const node = await startMemcacheNode({ clock });
  t.teardown(() => node.close());
  const client = await WireClient.connect(node.address);
  await client.exchange("set k 0 10 1\r\nx\r\nmg k t\r\n", "STORED\r\nHD t10\r\n");
  clock.advance(9_000);
  await client.exchange("mg k t\r\n", "HD t1\r\n");
  clock.advance(1_000);
  await client.exchange("get k\r\n", "END\r\n");
  client.close();
});

await t.test("counts what its clients do", async (t) => {
  const node = await startMemcacheNode();
  t.teardown(() => node.close());
  const client = await WireClient.connect(node.address);
  await client.exchange("set k 0 0 1\r\nx\r\n", "STORED\r\n");
  await client.exchange("get k nothing\r\n", "VALUE k 0 1\r\nx\r\nEND\r\n");
  await client.send("stats\r\n");
  const stats = (await client.readUntil("END\r\n")).toString();
  for (const [name, count] of Object.entries({
    cmd_get: 2,
    get_hits: 1,
    get_misses: 1,
    cmd_set: 1,
    curr_items: 1,
  })) {
    t.match(stats, new RegExp(`^STAT ${name} ${count}\r$`, "m"));
  }
  client.close();
});

await t.test("the flags that later versions of memcached have", async (t) => {
  const node = await startMemcacheNode();
  t.teardown(() => node.close());
  const client = await WireClient.connect(node.address);
  await client.exchange("ms k 1 E123 F5 c\r\nx\r\n", "HD c123\r\n");
  await client.exchange("md k C123 x E124\r\nmg k c s f v\r\n", "HD\r\nVA 0 c124 s0 f0\r\n\r\n");
  await client.exchange("mg new N0 E7 c\r\n", "HD c7 W\r\n");
  client.close();
});

await t.test("a client that does not read is not read from, and others are served", async (t) => {
  const node = await startMemcacheNode();
  t.teardown(() => node.close());
  const [idle, busy] = [await WireClient.connect(node.address), await WireClient.connect(node.address)];
  const value = "x".repeat(500_000);
  await busy.exchange(`set k 0 0 ${value.length}\r\n${value}\r\n`, "STORED\r\n");
  idle.pause();
  await idle.send("get k\r\n".repeat(50));
  await busy.exchange("mg k s\r\n", `HD s${value.length}\r\n`);
  idle.resume();
  for (let i = 0; i < 50; i++) await idle.expect(`VALUE k 0 ${value.length}\r\n${value}\r\nEND\r\n`);
  await idle.expectInStep();
  for (const client of [idle, busy]) client.close();
});

await t.test("a binary client is hung up on", async (t) => {
  const node = await startMemcacheNode();
  t.teardown(() => node.close());
  const client = await WireClient.connect(node.address);
  await client.send("\x80\x0b\0\0");
  await client.expectClose();
});

await t.test("a line without end is cut off, and costs only its own connection", async (t) => {
  const node = await startMemcacheNode();
  t.teardown(() => node.close());
  const [endless, other] = [await WireClient.connect(node.address), await WireClient.connect(node.address)];
  await endless.send(`get ${"key ".repeat(2 ** 20)}`);
  await endless.send("key ");
  await t.rejects(endless.expect("END\r\n"), /ended the stream/);
  await other.expectInStep();
  other.close();
});

await t.test("a client that leaves in the middle of a value leaves nothing", async (t) => {
  const node = await startMemcacheNode();
  t.teardown(() => node.close());
  const [leaving, other] = [await WireClient.connect(node.address), await WireClient.connect(node.address)];
  await leaving.exchange("mn\r\nset k 0 0 10\r\nhalf", "MN\r\n");
  leaving.reset();
  await other.exchange("get k\r\n", "END\r\n");
  other.close();
});

await t.test("closing ends all connections", async () => {
  const node = await startMemcacheNode();
  const client = await WireClient.connect(node.address);
  await client.expectInStep();
  await node.close();
  await client.expectClose();
  await node.close();
});
