// Do all distributions keep the promises that every ring makes?
import t from "tap";
import { distributionTable } from "../../src/ring/distribution-table.ts";
import { createRing, type Ring } from "../../src/ring/ring.ts";
import { type Distribution, distributions } from "../../src/ring/ring-options.ts";
import { equalServers, namedServers } from "../support/ring-servers.ts";

const keys = Array.from({ length: 20_000 }, (_, i) => Buffer.from(`session:${i * 7919}`));

function optionsOf(distribution: Distribution) {
  return { distribution, hash: distributionTable[distribution].defaultHash };
}

function place(ring: Ring): number[] {
  return keys.map((key) => ring.locate(key, 0, key.length));
}

function count(places: readonly number[], servers: number): number[] {
  return Array.from({ length: servers }, (_, server) => places.filter((place) => place === server).length);
}

const keyed = distributions.filter((distribution) => distribution !== "random");
const weighted = distributions.filter((distribution) => distributionTable[distribution].weights === "used");
/** Those in which only the keys of a server that goes move. ketama's other points stay too while weights are equal. */
const steady = ["ketama", "maglev", "rendezvous", "jump", "hashring", "libmemcached"] as const;

for (const distribution of distributions) {
  t.test(`${distribution}: no live server, one live server, one server`, async (t) => {
    const key = Buffer.from("k");
    const options = optionsOf(distribution);
    t.equal(createRing(options, []).locate(key, 0, 1), -1);
    t.equal(createRing(options, equalServers(2), [false, false]).locate(key, 0, 1), -1);
    t.equal(createRing(options, equalServers(3), [false, false, true]).locate(key, 0, 1), 2);
    t.equal(createRing(options, equalServers(1)).locate(key, 0, 1), 0);
  });

  t.test(`${distribution}: equal servers get about equal shares, an ejected one gets nothing`, async (t) => {
    const servers = equalServers(5);
    for (const share of count(place(createRing(optionsOf(distribution), servers)), 5)) {
      t.ok(share > 2800 && share < 5400, `${share} of 20000`);
    }
    const without = count(
      place(createRing(optionsOf(distribution), servers, [true, true, false, true, true])),
      5,
    );
    t.equal(without[2], 0);
    t.ok(Math.min(...without.filter((_, i) => i !== 2)) > 3300, `${without}`);
  });
}

for (const distribution of weighted) {
  t.test(`${distribution}: shares follow the weights`, async (t) => {
    const shares = count(place(createRing(optionsOf(distribution), namedServers([1, 2, 5]))), 3);
    for (const [i, weight] of [1, 2, 5].entries()) {
      const expected = (20_000 * weight) / 8;
      t.ok(Math.abs(shares[i]! - expected) < 0.25 * expected, `${shares[i]} near ${expected}`);
    }
  });
}

for (const distribution of steady) {
  t.test(`${distribution}: without a server, few keys of the others move`, async (t) => {
    const servers = equalServers(10);
    const live = servers.map((_, i) => i !== 4);
    const before = place(createRing(optionsOf(distribution), servers));
    const after = place(createRing(optionsOf(distribution), servers, live));
    const moved = before.filter((server, i) => server !== 4 && server !== after[i]).length;
    const allowed = distribution === "maglev" ? 0.03 * keys.length : 0;
    t.ok(moved <= allowed, `${moved} moved`);
  });
}

for (const distribution of keyed) {
  t.test(`${distribution}: two rings of the same servers place alike`, async (t) => {
    const servers = namedServers(distribution === "jump" ? [1, 1, 1] : [3, 1, 2]);
    const options = optionsOf(distribution);
    t.same(place(createRing(options, servers)), place(createRing(options, servers)));
  });
}

for (const distribution of ["ketama", "modula", "maglev", "rendezvous"] as const) {
  t.test(`${distribution}: the order of the list does not matter`, async (t) => {
    const servers = namedServers([3, 1, 2, 1]);
    const turned = servers.toReversed();
    const there = place(createRing(optionsOf(distribution), servers)).map((i) => servers[i]);
    const back = place(createRing(optionsOf(distribution), turned)).map((i) => turned[i]);
    t.ok(there.every((server, i) => server === back[i]));
  });
}

// twemproxy computes in 32-bit floats; doubles would give each of 25 equal servers 160 points.
t.test("ketama gives 25 equal servers 156 points each, modula lists them by name", async (t) => {
  const servers = equalServers(25);
  const ring = createRing({ distribution: "ketama", hash: "md5" }, servers);
  // A key whose md5 begins with a given point cannot be made, but the names of points are keys of their own.
  const own = (label: string) => ring.explain(Buffer.from(label));
  t.equal(own("server7-38").ringName, "server7");
  t.equal(own("server7-38").hash, own("server7-38").point, "digest 39 of 40 is on the circle");
  t.not(own("server7-39").hash, own("server7-39").point, "digest 40 is not");
});
