import fc from "fast-check";
import t from "tap";
import { type Page, pageOf } from "../../src/admin/page.ts";
import { askFineAdmin } from "../support/admin-client.ts";
import { finePool } from "../support/fine-admin.ts";

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
  const ask = await askFineAdmin(t, { pools: { list: () => pools } });
  const json = async (path: string) => (await ask("GET", path)).json;

  t.match(await json("/pools?limit=2"), { pools: [{ pool: "p" }, { pool: "q r" }], next: "q r" });
  t.match(await json("/pools?limit=2&after=q%20r"), { pools: [{ pool: "s" }], next: null });
  t.match(await json("/pools/p/servers?limit=1"), { servers: [{ server: "a" }], next: "a" });
  t.match(await json("/pools/p/servers?state=ejected"), { servers: [{ server: "b" }], next: null });
  t.match(await ask("GET", "/pools?after=gone"), { status: 404, json: { detail: /begin anew/ } });
  t.match(await ask("GET", "/pools?limit=0"), { status: 400 });
  t.match(await ask("GET", "/pools/nobody/servers"), { status: 404 });
});
