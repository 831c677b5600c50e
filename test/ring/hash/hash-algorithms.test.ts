// Does every hash function compute what its original computes?
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import t from "tap";
import { hashAlgorithms } from "../../../src/ring/hash/hash-algorithms.ts";
import { md5, md5Word } from "../../../src/ring/hash/md5.ts";

/** Values of twemproxy's own self-test (src/test_all.c) for the key `apple`. */
const apple: Record<string, number> = {
  fnv1a_64: 1488911807,
  fnv1_64: 473199127,
  fnv1_32: 67176023,
  fnv1a_32: 280767167,
  one_at_a_time: 2297466611,
  md5: 3195025439,
  crc32: 10542,
  crc32a: 2838417488,
  crc16: 3662830516,
  hsieh: 3738850110,
  murmur: 4142305122,
  jenkins: 1442444624,
};

function hashOf(name: string, key: Uint8Array, seed = 0n): number {
  return hashAlgorithms.get(name)!.create(seed)(key, 0, key.length) >>> 0;
}

t.test("golden values of twemproxy", async (t) => {
  for (const [name, expected] of Object.entries(apple)) {
    t.equal(hashOf(name, Buffer.from("apple")), expected, name);
  }
});

t.test("each one reads its part of the bytes only, and answers a signed number of 32 bits", async (t) => {
  const part = fc.uint8Array({ maxLength: 300 });
  for (const [name, { create }] of hashAlgorithms) {
    const hash = create(0n);
    fc.assert(
      fc.property(part, part, part, (before, key, after) => {
        const alone = hash(key, 0, key.length);
        const within = hash(Buffer.concat([before, key, after]), before.length, before.length + key.length);
        return alone === within && alone === (alone | 0);
      }),
    );
    t.pass(name);
  }
});

/** A byte as C `char` on x86, widened to `bits` bits. */
function signExtended(byte: number, bits: number): bigint {
  return BigInt.asUintN(bits, BigInt.asIntN(8, BigInt(byte)));
}

function slowFnv(key: Uint8Array, bits: number, basis: bigint, prime: bigint, xorFirst: boolean): number {
  let hash = basis;
  for (const byte of key) {
    if (!xorFirst) hash = BigInt.asUintN(bits, hash * prime);
    hash ^= signExtended(byte, bits);
    if (xorFirst) hash = BigInt.asUintN(bits, hash * prime);
  }
  return Number(BigInt.asUintN(32, hash));
}

function slowOneAtATime(key: Uint8Array): number {
  const u32 = (value: bigint) => BigInt.asUintN(32, value);
  let hash = 0n;
  for (const byte of key) {
    hash = u32(hash + signExtended(byte, 32));
    hash = u32(hash + (hash << 10n));
    hash ^= hash >> 6n;
  }
  hash = u32(hash + (hash << 3n));
  hash ^= hash >> 11n;
  return Number(u32(hash + (hash << 15n)));
}

function slowCrc16(key: Uint8Array): number {
  let register = 0n;
  for (const byte of key) {
    let entry = ((register >> 8n) ^ BigInt(byte)) & 0xffn;
    entry <<= 8n;
    for (let bit = 0; bit < 8; bit++) {
      entry = BigInt.asUintN(16, entry & 0x8000n ? (entry << 1n) ^ 0x1021n : entry << 1n);
    }
    register = BigInt.asUintN(32, (register << 8n) ^ entry);
  }
  return Number(register);
}

function slowMurmur2(key: Uint8Array): number {
  const m = 0x5bd1e995n;
  const times = (a: bigint, b: bigint) => BigInt.asUintN(32, a * b);
  const length = BigInt(key.length);
  let hash = times(0xdeadbeefn, length) ^ length;
  const whole = key.length - (key.length % 4);
  for (let i = 0; i < whole; i += 4) {
    let word = times(BigInt(Buffer.from(key).readUInt32LE(i)), m);
    word = times(word ^ (word >> 24n), m);
    hash = times(hash, m) ^ word;
  }
  if (whole < key.length) {
    for (let i = whole; i < key.length; i++) hash ^= BigInt(key[i]!) << BigInt(8 * (i - whole));
    hash = times(hash, m);
  }
  hash = times(hash ^ (hash >> 13n), m);
  return Number(hash ^ (hash >> 15n));
}

const slow: Record<string, (key: Uint8Array) => number> = {
  fnv1_32: (key) => slowFnv(key, 32, 0x811c9dc5n, 0x01000193n, false),
  fnv1a_32: (key) => slowFnv(key, 32, 0x811c9dc5n, 0x01000193n, true),
  fnv1_64: (key) => slowFnv(key, 64, 0xcbf29ce484222325n, 0x100000001b3n, false),
  fnv1a_64: (key) => slowFnv(key, 32, 0x84222325n, 0x1b3n, true),
  one_at_a_time: slowOneAtATime,
  crc16: slowCrc16,
  crc32: (key) => (zlibCrc32(key) >>> 16) & 0x7fff,
  crc32a: (key) => zlibCrc32(key) >>> 0,
  murmur: slowMurmur2,
  md5: (key) => createHash("md5").update(key).digest().readUInt32LE(0),
};

t.test("fast and slow versions agree on any bytes", async (t) => {
  for (const [name, slowHash] of Object.entries(slow)) {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 260 }), (key) => hashOf(name, key) === slowHash(key)),
      { numRuns: 300 },
    );
    t.pass(name);
  }
});

t.test("md5 gives the four words of the digest at every length around the block borders", async (t) => {
  for (let length = 0; length < 300; length++) {
    const key = Uint8Array.from({ length }, (_, i) => i * 31 + length);
    const digest = createHash("md5").update(key).digest();
    md5(key, 0, length);
    const words = [0, 1, 2, 3].map(md5Word);
    t.same(
      words,
      [0, 4, 8, 12].map((at) => digest.readUInt32LE(at)),
      `${length} bytes`,
    );
  }
});

t.test("hsieh of nothing is 0", async (t) => {
  t.equal(hashOf("hsieh", new Uint8Array(0)), 0);
});

// test/data/README.md says how these were recorded.
t.test("seeded hashes agree with xxHash and MurmurHash3 at every length", async (t) => {
  const recording = readFileSync(new URL("../../data/seeded-hashes.tsv", import.meta.url), "utf8");
  const wrong: string[] = [];
  for (const line of recording.trimEnd().split("\n")) {
    const [length = "", seed = "", ...expected] = line.split("\t");
    const size = Number(length);
    const key = Uint8Array.from({ length: size }, (_, i) => i * 31 + size * 7 + (i >> 3));
    const actual = ["xxh3", "xxh64", "murmur3"].map((name) => {
      const { create, high } = hashAlgorithms.get(name)!;
      const low = create(BigInt(seed))(key, 0, size);
      return (high === undefined ? [low] : [high(), low])
        .map((w) => (w >>> 0).toString(16).padStart(8, "0"))
        .join("");
    });
    if (actual.join() !== expected.join()) wrong.push(`${length} bytes, seed ${seed}`);
  }
  t.same(wrong, []);
});
