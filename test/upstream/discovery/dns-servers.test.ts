import t from "tap";
import { askDns, serversAt } from "../../../src/upstream/discovery/dns-servers.ts";
import type { AddressRecord, Lookups } from "../../../src/upstream/lookups.ts";

function lookups(system: readonly string[] | Error, records: readonly AddressRecord[] = []): Lookups {
  return {
    system: async () => (system instanceof Error ? Promise.reject(system) : system),
    records: async () => records,
  };
}

const target = { host: "cache.test", port: 11211, interval: 5_000 };

t.test("every address is a server, in an order of their own", async (t) => {
  const { servers } = await askDns(target, lookups(["10.0.0.2", "10.0.0.1", "10.0.0.2"]));
  t.same(servers, [
    { id: "10.0.0.1:11211", address: { host: "10.0.0.1", port: 11211 }, weight: 1 },
    { id: "10.0.0.2:11211", address: { host: "10.0.0.2", port: 11211 }, weight: 1 },
  ]);
});

t.test("a host with addresses of both families is one server", async (t) => {
  t.same(
    serversAt(["::1", "10.0.0.1", "fd00::2"], 80).map(({ id }) => id),
    ["10.0.0.1:80"],
  );
  t.same(
    serversAt(["fd00::2", "::1"], 80).map(({ id }) => id),
    ["[::1]:80", "[fd00::2]:80"],
  );
});

t.test(
  "an answer holds as long as its TTL, at most for the interval and at least for a second",
  async (t) => {
    const holdsFor = async (...records: AddressRecord[]): Promise<number> =>
      (await askDns(target, lookups(["10.0.0.1", "10.0.0.2"], records))).holdsFor;
    t.equal(await holdsFor(), 5_000, "TTL unknown");
    t.equal(await holdsFor({ address: "10.0.0.1", ttl: 3 }, { address: "10.0.0.2", ttl: 4 }), 3_000);
    t.equal(await holdsFor({ address: "10.0.0.1", ttl: 300 }), 5_000);
    t.equal(await holdsFor({ address: "10.0.0.1", ttl: 0 }), 1_000);
    t.equal(await holdsFor({ address: "10.9.9.9", ttl: 2 }), 5_000, "of another answer");
  },
);

t.test("the records stand in where the system knows nothing", async (t) => {
  const { servers, holdsFor } = await askDns(
    target,
    lookups(new Error("not found"), [{ address: "10.0.0.7", ttl: 2 }]),
  );
  t.match(servers, [{ id: "10.0.0.7:11211" }]);
  t.equal(holdsFor, 2_000);
});

t.test("no address is a failure, whatever the reason", async (t) => {
  await t.rejects(askDns(target, lookups(new Error("queryA ENOTFOUND"))), { message: "queryA ENOTFOUND" });
  await t.rejects(askDns(target, lookups([])), { message: "it has no address" });
});
