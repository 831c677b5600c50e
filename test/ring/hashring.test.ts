// Does every key go where the npm package hashring sends it?
import HashRing from "hashring";
import t from "tap";
import { createRing } from "../../src/ring/ring.ts";
import type { RingServer } from "../../src/ring/ring-options.ts";
import { createRandomNumbers, randomText } from "../support/random-numbers.ts";

const keysPerPool = 20_000;

const pools: Record<string, Record<string, number>> = {
  "equal weights": { "10.0.0.1:11211": 1, "10.0.0.2:11211": 1, "10.0.0.3:11211": 1 },
  "unequal weights": { "10.0.0.1:11211": 1, "10.0.0.2:11212": 5, "cache-c:11213": 3, "cache-d:9999": 11 },
  "two servers": { "left:11211": 2, "right:11211": 1 },
  "25 servers": Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`10.1.0.${i}:11211`, 1])),
};

type Lookup = { get(key: string): string };

function serversOf(pool: Record<string, number>): RingServer[] {
  return Object.entries(pool).map(([address, weight]) => {
    const [host = "", port] = address.split(":");
    return { address: { host, port: Number(port) }, weight };
  });
}

for (const [title, pool] of Object.entries(pools)) {
  t.test(title, async (t) => {
    const theirs = new HashRing(
      Object.fromEntries(Object.entries(pool).map(([server, weight]) => [server, { weight, vnodes: 0 }])),
      "md5",
    ) as unknown as Lookup;
    const ours = createRing({ distribution: "hashring", hash: "md5" }, serversOf(pool));
    const names = Object.keys(pool);
    const next = createRandomNumbers(7);
    let misplaced = 0;
    for (let i = 0; i < keysPerPool; i++) {
      const text = `k:${randomText(next, 1 + (next() % 40))}${i % 4 === 0 ? "é漢" : ""}`;
      const key = Buffer.from(text);
      if (names[ours.locate(key, 0, key.length)] !== theirs.get(text)) misplaced++;
    }
    t.equal(misplaced, 0, "misplaced keys");
  });
}

t.test("keys that crash the package's own lookup have a server too", async (t) => {
  const ring = createRing({ distribution: "hashring", hash: "md5" }, serversOf(pools["equal weights"]!));
  for (const text of ["constructor", "__proto__", "toString", ""]) {
    const index = ring.locate(Buffer.from(text), 0, Buffer.byteLength(text));
    t.ok(index >= 0 && index < 3, text);
  }
});
