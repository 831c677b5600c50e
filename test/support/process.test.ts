// Are programs of a test started, watched and ended?
import t from "tap";
import { isListening } from "./listening.ts";
import { needs } from "./needs.ts";
import { TestProcess } from "./process.ts";
import { RealMemcached } from "./real-memcached.ts";
import { startTwemproxy } from "./real-twemproxy.ts";
import { WireClient } from "./wire-client.ts";

const script = (source: string): string[] => ["-e", source];

await t.test("output is collected and waited for", async (t) => {
  const child = new TestProcess(
    t,
    process.execPath,
    script("console.log('port 12'); console.error('warned')"),
  );
  t.equal((await child.waitForOutput(/port (\d+)/))[1], "12");
  t.same(await child.exit, { code: 0, signal: null });
  t.equal(child.stderr, "warned\n");
  t.equal(child.alive, false);
  await t.rejects(child.waitForOutput(/never/), /ended before it printed[\s\S]*port 12/);
});

await t.test("a program is ended by its id", async (t) => {
  const child = new TestProcess(
    t,
    process.execPath,
    script("setInterval(() => {}, 1000); console.log('up')"),
  );
  await child.waitForOutput(/up/);
  t.same(await child.stop(), { code: null, signal: "SIGTERM" });
});

await t.test("the end of a test ends its programs", async (t) => {
  let left: TestProcess | undefined;
  await t.test("a test that leaves one", async (t) => {
    left = new TestProcess(t, process.execPath, script("setInterval(() => {}, 1000)"));
    t.ok(left.alive);
  });
  t.equal(left?.alive, false);
});

await t.test("a program that is not there", async (t) => {
  const child = new TestProcess(t, "no-such-program-here");
  t.same(await child.exit, { code: null, signal: null });
  t.match(child.stderr, /ENOENT/);
});

await t.test("memcached is killed and comes back at its address, empty", async (t) => {
  if (!needs(t, "memcached")) return;
  const server = await RealMemcached.start(t);
  const client = await WireClient.connect(server.address);
  await client.exchange("set k 0 0 1\r\nx\r\n", "STORED\r\n");
  await server.kill();
  await client.expectClose();
  t.equal(await isListening(server.address), false);
  await server.restart();
  const again = await WireClient.connect(server.address);
  await again.exchange("get k\r\n", "END\r\n");
  again.close();
});

await t.test("twemproxy stands in front of two servers", async (t) => {
  if (!needs(t, "memcached") || !needs(t, "nutcracker")) return;
  const servers = [await RealMemcached.start(t), await RealMemcached.start(t)];
  const lines = servers.map(({ address }, i) =>
    "path" in address ? "" : `- 127.0.0.1:${address.port}:1 s${i}`,
  );
  const pool = ["hash: fnv1a_64", "distribution: ketama", "servers:", ...lines].join("\n");
  const proxy = await startTwemproxy(t, [pool]);
  const client = await WireClient.connect(proxy.pools[0]!);
  await client.exchange("set k 0 0 1\r\nx\r\nget k\r\n", "STORED\r\nVALUE k 0 1\r\nx\r\nEND\r\n");
  client.close();
  await proxy.stop();
});
