import fc from "fast-check";
import t from "tap";
import { type Page, pageOf } from "../../src/admin/page.ts";
import { type PoolEntry, pageOfPools } from "../../src/admin/pool-entry.ts";
import type { PoolView } from "../../src/admin/pool-view.ts";
import { allPools } from "../../src/cli/all-pools.ts";
import { askFineAdmin } from "../support/admin-client.ts";
import { finePool, poolEntry } from "../support/fine-admin.ts";

t.test("the pages of a list are the list, whatever their size", async () => {
  const lists = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 30 });
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 10 }), (all, limit) => {
      const seen: string[] = [];
      let next: string | null = null;
      do {
        const page: Page<string> = pageOf(all, String, { limit, ...(next !== null && { after: next }) });
        if (page.items.length > limit) return false;
        seen.push(...page.items);
        next = page.next;
      } while (next !== null);
      return JSON.stringify(seen) === JSON.stringify(all);
    }),
  );
});

t.test("pools, and the servers of a pool, are asked for in pages", async (t) => {
  const [server] = finePool.servers;
  const servers = ["a", "b", "c"].map((name) => ({ ...server!, server: name }));
  const states = ["ready", "ejected", "ready"] as const;
  const many = servers.map((each, at) => ({ ...each, state: states[at]! }));
  const pools = ["p", "q r", "s"].map((pool) => ({ ...finePool, pool, servers: many }));
  const ask = await askFineAdmin(t, { pools: { list: () => pools.map(poolEntry) } });
  const json = async (path: string) => (await ask("GET", path)).json;

  t.match(await json("/pools?limit=2"), { pools: [{ pool: "p" }, { pool: "q r" }], next: "q r" });
  t.match(await json("/pools?limit=2&after=q%20r"), { pools: [{ pool: "s" }], next: null });
  t.match(await json("/pools/p/servers?limit=1"), { total: 3, servers: [{ server: "a" }], next: "a" });
  t.match(await json("/pools/p/servers?state=ejected"), {
    total: 1,
    servers: [{ server: "b" }],
    next: null,
  });
  t.match(await json("/pools/p"), {
    servers_total: 3,
    servers_by_state: { ready: 2, connecting: 0, unreachable: 0, failing: 0, ejected: 1, draining: 0 },
    servers: [{ server: "a" }, { server: "b" }, { server: "c" }],
  });
  t.match(await ask("GET", "/pools?after=gone"), { status: 404, json: { detail: /start again/ } });
  t.match(await ask("GET", "/pools?limit=0"), { status: 400 });
  t.match(await ask("GET", "/pools/nobody/servers"), { status: 404 });
});

/** A pool of so many servers, which says which of them were looked at. */
function largePool(pool: string, count: number, looked: string[] = []): PoolEntry {
  const [server] = finePool.servers;
  const servers = Array.from({ length: count }, (_, at) => ({ ...server!, server: `${pool}-${at}` }));
  const entry = poolEntry({ ...finePool, pool, servers });
  const watched = entry.servers.map((each) => ({
    ...each,
    view() {
      looked.push(each.server);
      return each.view();
    },
  }));
  return { ...entry, servers: watched };
}

t.test("thousands of servers: a pool brings its first ones, and the rest comes in pages", async (t) => {
  const looked: string[] = [];
  const ask = await askFineAdmin(t, { pools: { list: () => [largePool("p", 5_000, looked)] } });
  const client = {
    json: async <T>(path: string): Promise<T> => (await ask("GET", path)).json as T,
  };
  for (const path of ["/pools", "/pools/p"]) {
    const { json, text } = await ask("GET", path);
    const { pools, ...alone } = json as { readonly pools?: readonly PoolView[] };
    const pool = pools?.[0] ?? (alone as unknown as PoolView);
    t.match(pool, { servers_total: 5_000, servers_by_state: { ready: 5_000 } });
    t.same([pool.servers.length, pool.servers[99]?.server], [100, "p-99"]);
    t.ok(text.length < 200_000, `${path}: ${text.length} characters`);
  }
  t.equal(looked.length, 200, "figures are gathered only of those");
  const [whole] = await allPools(client);
  t.same(
    whole?.servers.map(({ server }) => server),
    Array.from({ length: 5_000 }, (_, at) => `p-${at}`),
    "the verbs of the command line see all",
  );
});

t.test("a page of pools ends where the servers on it are many", async (t) => {
  const sizes = Array.from({ length: 40 }, (_, at) => (at % 3) * 150);
  const all = sizes.map((size, at) => largePool(`p${at}`, size));
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const { items, next } = pageOfPools(all, { limit: 30, ...(after !== undefined && { after }) });
    t.ok(items.length > 0 && items.length <= 30);
    t.ok(items.reduce((sum, { servers }) => sum + servers.length, 0) < 1_100);
    seen.push(...items.map(({ pool }) => pool));
    after = next ?? undefined;
  } while (after !== undefined);
  t.same(
    seen,
    sizes.map((_, at) => `p${at}`),
  );
});
