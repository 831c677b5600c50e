import fc from "fast-check";
import t from "tap";
import {
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  type Reading,
} from "../../src/config/units.ts";

t.test("durations carry a unit", async (t) => {
  const cases = {
    "250ms": 250,
    "30s": 30_000,
    "5m": 300_000,
    "1h": 3_600_000,
    "1.5s": 1500,
    "1.1s": 1100,
    "0": 0,
  };
  for (const [text, ms] of Object.entries(cases)) t.same(parseDuration(text), { value: ms }, text);
  t.same(parseDuration(0), { value: 0 });
});

t.test("sizes may carry a unit", async (t) => {
  const cases = {
    "1MiB": 2 ** 20,
    "64KiB": 65536,
    "10MB": 1e7,
    "1kB": 1000,
    "0.5KiB": 512,
    "12": 12,
    "3 GiB": 3 * 2 ** 30,
  };
  for (const [text, bytes] of Object.entries(cases)) t.same(parseSize(text), { value: bytes }, text);
  t.same(parseSize(1000), { value: 1000 });
});

t.test("a reason is given for what is no quantity", async (t) => {
  const cases: [Reading<number>, RegExp][] = [
    [parseDuration("250"), /no unit \(250ms\? 250s\?\)/],
    [parseDuration("5 days"), /"days" is not one of/],
    [parseDuration("soon"), /not a number with a unit/],
    [parseDuration("-1s"), /not a number/],
    [parseDuration("0.5ms"), /whole number of milliseconds/],
    [parseDuration("1constructor"), /is not one of/],
    [parseSize("1.5"), /whole number of bytes/],
    [parseSize("1MIB"), /"MIB" is not one of/],
    [parseSize("999999999999999GiB"), /whole number/],
  ];
  for (const [reading, reason] of cases) t.match("reason" in reading && reading.reason, reason);
});

t.test("what is written is read back", async () => {
  fc.assert(
    fc.property(fc.nat(), (quantity) => {
      const duration = parseDuration(formatDuration(quantity));
      const size = parseSize(formatSize(quantity));
      return "value" in duration && duration.value === quantity && "value" in size && size.value === quantity;
    }),
  );
});
