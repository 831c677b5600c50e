/**
 * What one placement costs: operations per second of every hash function and of every distribution with its default
 * hash, and the bytes allocated per operation (0 is the aim). Run: node --expose-gc bench/micro/ring.ts
 */
import { distributionTable } from "../../src/ring/distribution-table.ts";
import { hashAlgorithms } from "../../src/ring/hash/hash-algorithms.ts";
import { createRing, type Locate } from "../../src/ring/ring.ts";
import type { Distribution, RingServer } from "../../src/ring/ring-options.ts";

const keyCount = 1000;
const rounds = 300;
const samples = 5;

const keyLengths = [10, 24, 60];
const servers: RingServer[] = Array.from({ length: 8 }, (_, i) => ({
  address: { host: `10.0.0.${i + 1}`, port: 11211 },
  weight: 1,
}));

function keysOf(length: number): Uint8Array[] {
  return Array.from({ length: keyCount }, (_, i) =>
    Buffer.from(`user:${i * 7919}:${"profile".repeat(10)}`.slice(0, length).padEnd(length, "x")),
  );
}

/** Best time per operation, in ns, of some samples, and the bytes allocated per operation. */
function measure(operation: Locate, keys: readonly Uint8Array[]): { time: number; bytes: number } {
  let time = Number.POSITIVE_INFINITY;
  let bytes = Number.POSITIVE_INFINITY;
  let sink = 0;
  for (let sample = 0; sample < samples; sample++) {
    globalThis.gc?.();
    const heap = process.memoryUsage().heapUsed;
    const start = process.hrtime.bigint();
    for (let round = 0; round < rounds; round++) {
      for (const key of keys) sink ^= operation(key, 0, key.length);
    }
    const operations = rounds * keys.length;
    time = Math.min(time, Number(process.hrtime.bigint() - start) / operations);
    bytes = Math.min(bytes, Math.max(0, process.memoryUsage().heapUsed - heap) / operations);
  }
  return sink === 0.5 ? { time: 0, bytes: 0 } : { time, bytes };
}

function report(label: string, operation: Locate): void {
  const cells = keyLengths.map((length) => {
    const { time, bytes } = measure(operation, keysOf(length));
    return `${(1e3 / time).toFixed(1).padStart(7)} M/s ${time.toFixed(0).padStart(4)} ns ${bytes.toFixed(1).padStart(5)} B`;
  });
  process.stdout.write(`${label.padEnd(28)}${cells.join("  |")}\n`);
}

process.stdout.write(
  `Node ${process.version}, ${servers.length} servers, keys of ${keyLengths.join(", ")} bytes\n`,
);
for (const [name, { create }] of hashAlgorithms) report(name, create(0n));
for (const [name, { defaultHash }] of Object.entries(distributionTable)) {
  report(
    `${name} (${defaultHash})`,
    createRing({ distribution: name as Distribution, hash: defaultHash }, servers).locate,
  );
}
report(
  "ketama (fnv1a_64, tag {})",
  createRing({ distribution: "ketama", hash: "fnv1a_64", tag: "{}" }, servers).locate,
);
