import t from "tap";
import { ringView } from "../../../src/roles/ambassador/ring-view.ts";
import type { PoolOptions } from "../../../src/upstream/pool-options.ts";

const names = ["cache-a", "cache-b", "cache-c"];

function pool(tag?: string, count = names.length): PoolOptions {
  return {
    name: "main",
    ring: { distribution: "ketama", hash: "fnv1a_64", ...(tag === undefined ? {} : { tag }) },
    servers: names.slice(0, count).map((name, index) => ({
      id: name,
      name,
      address: { host: `10.0.0.${index}`, port: 11211 },
      weight: 1,
    })),
  } as unknown as PoolOptions;
}

t.test("who owns a key, by which hash and point", async (t) => {
  const view = ringView(pool(), "greeting");
  t.match(view, {
    pool: "main",
    key: "greeting",
    hashed_part: "greeting",
    hash_hex: /^[0-9a-f]{8}$/,
    point_hex: /^[0-9a-f]{8}$/,
    owner: { server: /^cache-[abc]$/, address: /^10\.0\.0\.[012]:11211$/, weight: 1 },
  });
  t.same(view.served_by, view.owner);
});

t.test("only the tag is hashed where the pool has one", async (t) => {
  t.equal(ringView(pool("{}"), "user:{42}:cart").hashed_part, "42");
});

t.test("while the owner is out of the ring, another server serves its keys", async (t) => {
  const { owner } = ringView(pool(), "greeting");
  const holdsKeys = names.map((name) => name !== owner?.server);
  const view = ringView(pool(), "greeting", holdsKeys);
  t.same(view.owner, owner);
  t.not(view.served_by?.server, owner?.server);
});

t.test("a pool of one has no choice to explain, and one of which all are out serves nobody", async (t) => {
  t.match(ringView(pool(undefined, 1), "k"), {
    hash_hex: null,
    point_hex: null,
    owner: { server: "cache-a" },
  });
  t.equal(ringView(pool(), "k", [false, false, false]).served_by, null);
});
