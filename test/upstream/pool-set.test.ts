/** A snapshot's pools are made before it comes into force; who is ejected in between must not be forgotten. */
import t, { type Test } from "tap";
import { TurnClock } from "../../src/core/turn-clock.ts";
import { privateBlock } from "../../src/observe/metric-layout.ts";
import { HttpPool } from "../../src/upstream/http/http-pool.ts";
import { HttpServer } from "../../src/upstream/http/http-server.ts";
import { Pool } from "../../src/upstream/memcache/pool.ts";
import { Server } from "../../src/upstream/memcache/server.ts";
import type { PoolServer, ServerPool } from "../../src/upstream/pool-kind.ts";
import type { EjectOptions, PoolOptions } from "../../src/upstream/pool-options.ts";
import { PoolSet } from "../../src/upstream/pool-set.ts";
import type { UpstreamHost } from "../../src/upstream/upstream-host.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { httpPoolOptions } from "../support/http-plane.ts";
import { namedServers } from "../support/plane.ts";
import { poolOptions } from "../support/pools.ts";

const host: UpstreamHost = {
  turn: new TurnClock(new FakeClock()),
  wake() {},
  block: (entity) => privateBlock(entity),
  log() {},
  report() {},
  tlsOf: () => ({}),
};

const eject: EjectOptions = {
  failures: 1,
  window: 1_000,
  backoff: 1_000,
  max_backoff: 8_000,
  max_percent: 50,
  on_eject: "rehash",
};
const servers = namedServers([1, 2, 3].map((port) => ({ host: "127.0.0.1", port })));
// Keys that differ at their beginning are spread well by every hash.
const keys = Array.from({ length: 200 }, (_, i) => Buffer.from(`${i * 7919}-key`));

/** `owner` says which server of a pool a key goes to. */
function expectFollowed<S extends PoolServer, P extends ServerPool>(
  t: Test,
  set: PoolSet<S, P>,
  options: PoolOptions,
  owner: (pool: P, key: Buffer) => string | undefined,
): void {
  const prepare = () => set.prepare([options]);
  const ownersIn = ({ pools }: ReturnType<typeof prepare>) =>
    [...new Set(keys.map((key) => owner(pools.get("pool")!, key)))].sort();
  const first = prepare();
  set.commit(first);
  t.same(ownersIn(first), ["s0", "s1", "s2"]);

  const second = prepare();
  set.update({ pool: "pool", server: "s1", ejected: true });
  set.commit(second);
  t.same(ownersIn(second), ["s0", "s2"], "it was ejected before the new pools came into force");

  const third = prepare();
  set.update({ pool: "pool", server: "s1", ejected: false });
  set.commit(third);
  t.same(ownersIn(third), ["s0", "s1", "s2"], "it came back before the next ones did");
}

t.test("HTTP", async (t) => {
  const set = new PoolSet<HttpServer, HttpPool>({
    createServer: (pool, server) => new HttpServer(pool, server, host),
    createPool: (pool, members) => new HttpPool(pool, members, host),
  });
  const options = httpPoolOptions("pool", servers, { pool: { eject } });
  expectFollowed(t, set, options, (pool, key) => pool.pick(key, 0, key.length, [])?.id);
});

t.test("memcache", async (t) => {
  const set = new PoolSet<Server, Pool>({
    createServer: (pool, server) => new Server(pool, server, host),
    createPool: (pool, members) => new Pool(pool, members, host),
  });
  const options = poolOptions("pool", servers, { eject });
  expectFollowed(t, set, options, (pool, key) => pool.locate(key, 0, key.length)?.options.id);
});
