import type { SrvRecord } from "node:dns";
import fc from "fast-check";
import t from "tap";
import { askSrv, serversOf, srvLookup } from "../../../src/upstream/discovery/srv-servers.ts";
import { type StubRecord, startDnsStub, type Zone } from "../../support/dns-stub.ts";

function record(name: string, priority = 0, weight = 1, port = 11211): SrvRecord {
  return { name, priority, weight, port };
}

function weights(...records: SrvRecord[]): Record<string, number> {
  return Object.fromEntries(serversOf(records).map(({ id, weight }) => [id, weight]));
}

t.test("only the lowest priority number counts", async (t) => {
  t.same(weights(record("b", 10), record("a", 10), record("backup", 20)), { "a:11211": 1, "b:11211": 1 });
});

t.test("weights are kept in proportion and made as small as they go", async (t) => {
  t.same(weights(record("a", 0, 33), record("b", 0, 33)), { "a:11211": 1, "b:11211": 1 });
  t.same(weights(record("a", 0, 10), record("b", 0, 25)), { "a:11211": 2, "b:11211": 5 });
});

t.test("weight 0 is for when there is no other", async (t) => {
  t.same(weights(record("a", 0, 0), record("b", 0, 5)), { "b:11211": 1 });
  t.same(weights(record("a", 0, 0), record("b", 0, 0)), { "a:11211": 1, "b:11211": 1 });
});

t.test("ports make servers, letter case does not, and the root is no target", async (t) => {
  t.same(weights(record("A.test", 0, 1, 1), record("a.test", 0, 1, 2), record("a.TEST", 0, 1, 1)), {
    "a.test:1": 1,
    "a.test:2": 1,
  });
  t.same(serversOf([record("")]), []);
});

t.test("weights are whole, at least 1, and in the proportion of the records", async () => {
  const records = fc.uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[a-z]{1,3}$/),
      priority: fc.constant(0),
      weight: fc.integer({ min: 1, max: 65535 }),
      port: fc.constant(1),
    }),
    { minLength: 1, selector: ({ name }) => name },
  );
  fc.assert(
    fc.property(records, (all) => {
      const unit = all[0]!.weight / serversOf(all).find(({ id }) => id === `${all[0]!.name}:1`)!.weight;
      return serversOf(all).every(({ id, weight }) => {
        const given = all.find(({ name }) => `${name}:1` === id)!.weight;
        return Number.isInteger(weight) && weight >= 1 && weight * unit === given;
      });
    }),
  );
});

t.test("a DNS server is asked", async (t) => {
  const srv = (target: string, port: number): StubRecord => ({
    type: "SRV",
    ttl: 30,
    priority: 0,
    weight: 50,
    port,
    target,
  });
  const zone: Zone = {
    "_memcache._tcp.cache.test": [srv("cache-1.cache.test", 11212), srv("cache-0.cache.test", 11211)],
    "empty.test": [],
  };
  const lookUp = srvLookup([await startDnsStub(t, zone)]);
  const answer = await askSrv({ name: "_memcache._tcp.cache.test", interval: 5_000 }, lookUp);
  t.same(answer, {
    holdsFor: 5_000,
    servers: [
      {
        id: "cache-0.cache.test:11211",
        address: { host: "cache-0.cache.test", port: 11211 },
        weight: 1,
      },
      {
        id: "cache-1.cache.test:11212",
        address: { host: "cache-1.cache.test", port: 11212 },
        weight: 1,
      },
    ],
  });
  await t.rejects(askSrv({ name: "empty.test", interval: 1 }, lookUp), { code: "ENODATA" });
  await t.rejects(askSrv({ name: "none.test", interval: 1 }, lookUp), { code: "ENOTFOUND" });
});

t.test("the root as only target says that there is no such service", async (t) => {
  const lookUp = async (): Promise<SrvRecord[]> => [record("")];
  await t.rejects(askSrv({ name: "x", interval: 1 }, lookUp), { message: "it has no server" });
});
