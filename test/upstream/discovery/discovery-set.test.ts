import t, { type Test } from "tap";
import type { DiscoverOptions } from "../../../src/upstream/discover-options.ts";
import type { Discovery, OnServers } from "../../../src/upstream/discovery/discovery.ts";
import { DiscoverySet, firstAnswerWait, type Pools } from "../../../src/upstream/discovery/discovery-set.ts";
import type { PoolOptions } from "../../../src/upstream/pool-options.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { poolOptions, serverOptions } from "../../support/pools.ts";
import { turns } from "../../support/until.ts";

/** A source that finds what the test says. */
class FakeSource implements Discovery {
  readonly target: string;
  closed = false;
  #onServers: OnServers = () => {};

  constructor(target: string) {
    this.target = target;
  }

  start(onServers: OnServers): void {
    this.#onServers = onServers;
  }

  find(...ids: string[]): void {
    this.#onServers(ids.map((id) => serverOptions(id)));
  }

  state() {
    return {
      source: "dns" as const,
      target: this.target,
      lastSuccess: null,
      error: null,
      failures: 0,
      servers: null,
    };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

function setUp() {
  const clock = new FakeClock();
  const opened: FakeSource[] = [];
  let changes = 0;
  const set = new DiscoverySet({
    clock,
    open: async ({ discover }) => {
      const source = new FakeSource((discover as { host: string }).host);
      opened.push(source);
      return source;
    },
    onChange: () => changes++,
  });
  return { clock, opened, set, changes: () => changes };
}

function pools(hosts: Record<string, string | null>, more: Partial<PoolOptions> = {}): Pools {
  return Object.fromEntries(
    Object.entries(hosts).map(([name, host]) => {
      const discover: DiscoverOptions = { kind: "dns", host: host ?? "", port: 1, interval: 1 };
      return [name, poolOptions(name, [], host === null ? {} : { discover, ...more })];
    }),
  );
}

/** Whether a promise is settled after some turns. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await turns();
  return done;
}

function ids(filled: Pools, name: string): string[] | undefined {
  return filled[name]?.servers.map(({ id }) => id);
}

t.test("it waits for the first answers of all new sources, and no longer", async (t) => {
  const { clock, opened, set } = setUp();
  const preparing = set.prepare(pools({ a: "a.test", b: "b.test", c: null }), {});
  await turns();
  t.equal(opened.length, 2);
  opened[0]!.find("a1");
  t.notOk(await settled(preparing));
  opened[1]!.find();
  t.ok(await settled(preparing));
  t.equal(clock.pending, 0);
});

t.test("it does not wait for ever, and what comes later is a change", async (t) => {
  const { clock, opened, set, changes } = setUp();
  const wanted = pools({ a: "a.test" });
  const preparing = set.prepare(wanted, {});
  await turns();
  clock.advance(firstAnswerWait - 1);
  t.notOk(await settled(preparing));
  clock.advance(1);
  const sources = await preparing;
  t.equal(set.fill(wanted, sources), wanted, "a pool without servers");
  await set.commit(sources);
  t.equal(changes(), 0);
  opened[0]!.find("a1");
  t.equal(changes(), 1);
  t.same(ids(set.fill(wanted), "a"), ["a1"]);
});

t.test("a source that is asked the same stays, and is not waited for again", async (t) => {
  const { clock, opened, set } = setUp();
  const first = set.prepare(pools({ a: "a.test" }), {});
  await turns();
  clock.advance(firstAnswerWait);
  await set.commit(await first);
  const again = pools({ a: "a.test" }, { timeout: 77 });
  const second = set.prepare(again, {});
  await turns();
  t.ok(await settled(second));
  await set.commit(await second);
  t.equal(opened.length, 1);
  t.notOk(opened[0]!.closed);
});

t.test("a pool that is asked elsewhere keeps its servers until there is an answer", async (t) => {
  const { clock, opened, set } = setUp();
  const before = pools({ a: "old.test" });
  const first = set.prepare(before, {});
  await turns();
  opened[0]!.find("a1");
  await set.commit(await first);
  const wanted = pools({ a: "new.test" });
  const second = set.prepare(wanted, set.fill(before));
  await turns();
  clock.advance(firstAnswerWait);
  const sources = await second;
  t.same(ids(set.fill(wanted, sources), "a"), ["a1"]);
  await set.commit(sources);
  t.ok(opened[0]!.closed);
  t.equal(set.state("a")?.target, "new.test");
  opened[1]!.find("b1");
  t.same(ids(set.fill(wanted), "a"), ["b1"]);
});

t.test("what comes to nothing is closed, and what was in force stays", async (t) => {
  const { opened, set } = setUp();
  const first = set.prepare(pools({ a: "a.test" }), {});
  await turns();
  opened[0]!.find("a1");
  await set.commit(await first);
  const second = set.prepare(pools({ a: "a.test", b: "b.test" }), {});
  await turns();
  opened[1]!.find("b1");
  await set.abandon(await second);
  t.same(
    opened.map(({ closed }) => closed),
    [false, true],
  );
  t.equal(set.state("b"), undefined);
});

t.test("a pool that is listed again, or gone, has no source any more", async (t) => {
  const { opened, set } = setUp();
  const first = set.prepare(pools({ a: "a.test", b: "b.test" }), {});
  await turns();
  for (const source of opened) source.find("x");
  await set.commit(await first);
  await set.commit(await set.prepare(pools({ a: null }), {}));
  t.ok(opened.every(({ closed }) => closed));
  t.equal(set.state("a"), undefined);
});

t.test("filling changes nothing where nothing has changed", async (t) => {
  const { opened, set } = setUp();
  const wanted = pools({ a: "a.test", b: null });
  const first = set.prepare(wanted, {});
  await turns();
  opened[0]!.find("a1");
  await set.commit(await first);
  const filled = set.fill(wanted);
  t.not(filled, wanted);
  t.equal(set.fill(filled), filled);
  t.equal(filled["b"], wanted["b"]);
});

t.test("certificates are held against the name that was asked for, unless TLS names another", async (t) => {
  const { opened, set } = setUp();
  const serverName = async (tls: PoolOptions["tls"]) => {
    const wanted = pools({ a: "a.test" }, { tls });
    const preparing = set.prepare(wanted, {});
    await turns();
    opened.at(-1)!.find("a1");
    const filled = set.fill(wanted, await preparing);
    t.equal(set.fill(filled), filled);
    await set.commit(new Map());
    return filled["a"]?.tls;
  };
  t.same(await serverName({ verify: true }), { verify: true, server_name: "a.test" });
  t.same(await serverName({ verify: true, server_name: "b.test" }), { verify: true, server_name: "b.test" });
  t.equal(await serverName(null), null);
});

t.test("closed, it ends the wait, closes all, and what is prepared then as well", async (t: Test) => {
  const { clock, opened, set } = setUp();
  const first = set.prepare(pools({ a: "a.test" }), {});
  await turns();
  opened[0]!.find("a1");
  await set.commit(await first);
  const second = set.prepare(pools({ a: "a.test", b: "b.test" }), {});
  await turns();
  await set.close();
  await set.commit(await second);
  t.ok(opened.every(({ closed }) => closed));
  t.equal(clock.pending, 0);
});
