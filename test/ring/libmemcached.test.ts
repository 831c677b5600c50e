// Does every key go where libmemcached's weighted ketama sends it? (Vectors: test/data/README.md)
import { readFileSync } from "node:fs";
import t from "tap";
import { createRing } from "../../src/ring/ring.ts";
import type { RingServer } from "../../src/ring/ring-options.ts";
import { createRandomNumbers } from "../support/random-numbers.ts";

/** libmemcached's names of hash functions → ours. */
const hashNames: Record<string, string> = { MD5: "md5", FNV1A_64: "fnv1a_64", DEFAULT: "one_at_a_time" };

/** The keys of test/data/libmemcached-ketama.c. */
function* recordedKeys(count: number): Generator<Uint8Array> {
  const next = createRandomNumbers(2463534242);
  for (let number = 0; number < count; number++) {
    const key = new Uint8Array(1 + (next() % 40));
    for (let i = 0; i < key.length; i++) {
      const draw = next() >>> 8;
      key[i] = number % 4 === 3 ? 0x80 + (draw % 0x80) : 0x21 + (draw % 0x5e);
    }
    yield key;
  }
}

function parseServer(entry: string): RingServer {
  const [, head = "", weight = ""] = /^(.*):(\d+)$/.exec(entry) ?? [];
  if (head.startsWith("/")) return { address: { path: head }, weight: Number(weight) };
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(head) ?? [];
  return { address: { host, port: Number(port) }, weight: Number(weight) };
}

/** What stands for each server in the recording; see test/data/README.md. */
const letters = "ABCDEFGHIJKLMNOPQRSTUVWYZ";
const recording = readFileSync(new URL("../data/libmemcached-ketama.tsv", import.meta.url), "utf8");
const pools = recording.trimEnd().split("\n");
t.ok(pools.length >= 6, "several pools are recorded");

for (const pool of pools) {
  const [hashName = "", servers = "", places = ""] = pool.split("\t");
  t.test(`${hashName} over ${servers.slice(0, 60)}`, async (t) => {
    t.ok(places.length >= 20_000);
    const hash = hashNames[hashName] ?? "";
    const ring = createRing({ distribution: "libmemcached", hash }, servers.split(" ").map(parseServer));
    let misplaced = 0;
    let number = 0;
    for (const key of recordedKeys(places.length)) {
      const expected = letters.indexOf(places[number++]!);
      if (ring.locate(key, 0, key.length) !== expected) misplaced++;
    }
    t.equal(misplaced, 0, "misplaced keys");
  });
}
