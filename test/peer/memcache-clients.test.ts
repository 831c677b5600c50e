// Do real clients work through podmate over two memcached: libmemcached's tools and the clients from npm?
import { createRequire } from "node:module";
import { promisify } from "node:util";
import t, { type Test } from "tap";
import { needs } from "../support/needs.ts";
import { patience } from "../support/patience.ts";
import { type Plane, startPlane } from "../support/plane.ts";
import { TestProcess } from "../support/process.ts";
import { RealMemcached } from "../support/real-memcached.ts";

// Neither package has types.
const require = createRequire(import.meta.url);

async function setUp(t: Test): Promise<{ plane: Plane; host: string; port: string }> {
  const servers = await Promise.all([RealMemcached.start(t), RealMemcached.start(t)]);
  const plane = await startPlane(
    t,
    servers.map(({ address }) => address),
  );
  const { address } = plane;
  if ("path" in address) throw new Error("not a port");
  return { plane, host: address.host, port: String(address.port) };
}

await t.test("memccapable finds every ascii command", async (t) => {
  if (!needs(t, "memcached") || !needs(t, "memccapable")) return;
  const { host, port, plane } = await setUp(t);
  const tool = new TestProcess(t, "memccapable", ["-h", host, "-p", port, "-a", "-t", "60"]);
  const { code } = await tool.exit;
  t.equal(code, 0, tool.stdout + tool.stderr);
  t.match(tool.stdout, /All tests passed/);
  t.equal(plane.plane.load().requests, 0);
});

for (const [load, ...args] of [
  ["single gets", "-d", "1"],
  ["gets of ten keys", "-d", "10"],
  ["values of 10 KB", "-d", "2", "-X", "10240"],
] as const) {
  await t.test(`memcaslap finds every value right: ${load}`, async (t) => {
    if (!needs(t, "memcached") || !needs(t, "memcaslap")) return;
    const { host, port, plane } = await setUp(t);
    const work = ["-T", "1", "-c", "16", "-x", "10000", "-v", "1.0", ...args];
    const tool = new TestProcess(t, "memcaslap", ["-s", `${host}:${port}`, ...work]);
    const { code } = await tool.exit;
    t.equal(code, 0, tool.stdout + tool.stderr);
    t.match(tool.stdout, /verify_failed: 0\n/);
    t.match(tool.stdout, /verify_misses: 0\n/);
    t.ok(plane.poolCount("hits") > 1_000, `${plane.poolCount("hits")} hits`);
  });
}

await t.test("the npm client memcached", async (t) => {
  if (!needs(t, "memcached")) return;
  const { host, port } = await setUp(t);
  const Memcached = require("memcached");
  const client = new Memcached(`${host}:${port}`, {
    retries: 0,
    poolSize: 4,
    timeout: patience,
    idle: patience,
  });
  t.teardown(() => client.end());
  const call = (name: string, ...args: unknown[]) => promisify(client[name]).apply(client, args as []);

  const keys = Array.from({ length: 50 }, (_, i) => `key:${i}`);
  for (const [i, key] of keys.entries()) await call("set", key, { number: i }, 100);
  t.same(await call("get", "key:7"), { number: 7 });
  t.same(
    await call("getMulti", [...keys, "missing"]),
    Object.fromEntries(keys.map((key, i) => [key, { number: i }])),
  );
  t.equal(await call("get", "missing"), undefined);
  t.equal(await call("add", "new", "one", 0), true);
  await t.rejects(call("add", "new", "two", 0), /not stored/i);
  t.equal(await call("replace", "new", "three", 0), true);
  t.equal(await call("append", "new", "!"), true);
  t.equal(await call("prepend", "new", ">"), true);
  t.equal(await call("get", "new"), ">three!");
  t.equal(await call("touch", "new", 100), true);
  const { cas } = (await call("gets", "new")) as { cas: string };
  t.equal(await call("cas", "new", "four", cas, 0), true);
  t.equal(await call("cas", "new", "five", cas, 0), false);
  await call("set", "count", 5, 0);
  t.equal(await call("incr", "count", 3), 8);
  t.equal(await call("decr", "count", 1), 7);
  t.equal(await call("del", "count"), true);
  t.equal(await call("del", "count"), false);
  const large = Buffer.alloc(700_000, "v");
  t.equal(await call("set", "large", large, 0), true);
  t.ok(large.equals((await call("get", "large")) as Buffer));
  const [version] = (await call("version")) as { version: string }[];
  t.match(version, { version: "1.6.18", major: "1", minor: "6", bugfix: "18" });
  t.match(await call("stats"), [{ pid: process.pid, cmd_set: Number }]);
  t.match(await call("settings"), [{ flush_enabled: "yes" }]);
  t.same(await call("flush"), [true]);
  t.equal(await call("get", "key:7"), undefined);
});

await t.test("the npm client memjs, which speaks the binary protocol only, says what is wrong", async (t) => {
  const plane = await startPlane(t, [{ host: "127.0.0.1", port: 1 }]);
  const { address } = plane;
  if ("path" in address) throw new Error("not a port");
  const client = require("memjs").Client.create(`${address.host}:${address.port}`, {
    retries: 0,
    timeout: patience / 1_000,
    logger: { log() {} },
  });
  t.teardown(() => client.close());
  await t.rejects(client.get("a"), /Unknown command/);
  await t.rejects(client.set("a", "b", {}), /Unknown command/);
  await Promise.all(
    ["x", "y", "z"].map((key) =>
      t.rejects(client.delete(key), /Unknown command/, "none is left without an answer"),
    ),
  );
  t.equal(plane.clientErrors("binary_protocol"), 5);
});
