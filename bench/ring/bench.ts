import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createRing } from "../../src/ring/ring.ts";
import type { RingOptions } from "../../src/ring/ring-options.ts";
import { describeEnvironment } from "../support/environment.ts";
import { replaceGenerated } from "../support/generated-section.ts";
import { markdownTable } from "../support/text-table.ts";
import { equalServers, keyShapes, needlessMovement, worstShare } from "./placement-figures.ts";

const help = `usage: npm run bench -- ring [--write]

What each ring costs and how evenly it spreads keys: spread, keys moved needlessly, time per key and to build.

  --write    put the table into bench/README.md
`;

/** The pairs worth choosing between; a pool may have any other. */
const rings: readonly RingOptions[] = [
  { distribution: "maglev", hash: "xxh3" },
  { distribution: "ketama", hash: "fnv1a_64" },
  { distribution: "ketama", hash: "md5" },
  { distribution: "ketama", hash: "xxh3" },
  { distribution: "rendezvous", hash: "xxh3" },
  { distribution: "jump", hash: "xxh3" },
  { distribution: "modula", hash: "fnv1a_64" },
  { distribution: "modula", hash: "xxh3" },
];

const spreadServers = 4;
const costServers = 20;

/** `npm run bench -- ring` */
export async function ringBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { help: { type: "boolean", short: "h" }, write: { type: "boolean", default: false } },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const table = markdownTable(
    [
      "ring",
      ...Object.keys(keyShapes).map((shape) => `\`${shape}\``),
      "moved needlessly",
      "ns/key",
      "build ms",
    ],
    rings.map(row),
  );
  process.stdout.write(table);
  if (values.write) writeTable(table);
}

function row(options: RingOptions): string[] {
  const spreads = Object.values(keyShapes).map((shape) =>
    worstShare(options, spreadServers, shape).toFixed(2),
  );
  return [
    `${options.distribution}, ${options.hash}`,
    ...spreads,
    `${(100 * needlessMovement(options, costServers)).toFixed(2)} %`,
    nanosecondsPerKey(options).toFixed(0),
    buildTime(options).toFixed(1),
  ];
}

/** Best of some samples, for keys of 24 bytes. */
function nanosecondsPerKey(options: RingOptions): number {
  const { locate } = createRing(options, equalServers(costServers));
  const keys = Array.from({ length: 1000 }, (_, index) =>
    Buffer.from(`user:${index * 7919}:profile`.padEnd(24, "x")),
  );
  const rounds = 200;
  let best = Number.POSITIVE_INFINITY;
  let sink = 0;
  for (let sample = 0; sample < 7; sample++) {
    const start = performance.now();
    for (let round = 0; round < rounds; round++) for (const key of keys) sink += locate(key, 0, key.length);
    best = Math.min(best, performance.now() - start);
  }
  if (sink < 0) throw new Error("no server is live");
  return (best * 1e6) / (rounds * keys.length);
}

/** Best of some samples, in ms. */
function buildTime(options: RingOptions): number {
  const servers = equalServers(costServers);
  let best = Number.POSITIVE_INFINITY;
  for (let sample = 0; sample < 20; sample++) {
    const start = performance.now();
    createRing(options, servers);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function writeTable(table: string): void {
  const { date, cpu, node } = describeEnvironment(new URL("../..", import.meta.url).pathname);
  const page = new URL("../README.md", import.meta.url);
  const content = `${date}, ${cpu}, Node ${node}\n\n${table}`;
  writeFileSync(page, replaceGenerated(readFileSync(page, "utf8"), "ring", content));
}
