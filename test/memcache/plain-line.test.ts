// Do commands without a key reach servers in one form, or not at all?
import t from "tap";
import { plainLine } from "../../src/memcache/plain-line.ts";
import { command } from "../../src/observe/metric-labels.ts";

/** Lines of clients, without `noreply`, and what servers get. */
const WRITTEN: readonly (readonly [line: string, written: string])[] = [
  ["flush_all", "flush_all"],
  ["flush_all +007 5", "flush_all 7"],
  ["flush_all -1", "flush_all -1"],
  ["slabs automove +1", "slabs automove 1"],
  ["slabs reassign 01 2", "slabs reassign 1 2"],
  ["stats items", "stats items"],
  ["stats reset noreply", "stats reset"],
  ["stats detail dump x", "stats detail dump"],
  ["stats cachedump 01 +5 x", "stats cachedump 1 5"],
];

/** Lines of clients that go nowhere. */
const REFUSED: readonly (readonly [line: string, refusal: RegExp])[] = [
  ["flush_all x", /exptime/],
  ["flush_all 2147483648", /exptime/],
  ["slabs", /^ERROR/],
  ["slabs noreply", /^ERROR/],
  ["slabs automove", /^ERROR/],
  ["slabs automove 3", /format/],
  ["slabs automove ratio 0.5", /^ERROR/],
  ["slabs reassign 1", /^ERROR/],
  ["slabs reassign -1 1", /format/],
  ["slabs reassign 1 2 3", /^ERROR/],
  ["stats noreply\x01", /^ERROR/],
  [`stats ${"x".repeat(33)}`, /^ERROR/],
  ["stats detail", /usage/],
  ["stats cachedump 1", /command line\r/],
  ["stats cachedump x y", /format/],
];

const written = (line: string) => {
  const words = line.split(" ");
  return plainLine(command[words[0] as keyof typeof command], words);
};

t.test("what servers get", async (t) => {
  for (const [line, expected] of WRITTEN) t.same(written(line), { line: expected }, line);
});

t.test("what goes nowhere", async (t) => {
  for (const [line, refusal] of REFUSED) t.match(written(line), { refusal }, line);
});
