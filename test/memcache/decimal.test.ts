// Are numbers read as memcached's strtol reads them, and judged without a string being made of them?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { isPlainDecimal, isUint64, parseDecimal } from "../../src/memcache/decimal.ts";

const between = (text: string) => [Buffer.from(`9${text}9`, "latin1"), 1, 1 + text.length] as const;
const digits = fc.string({ unit: fc.constantFrom(..."0123456789+-x "), maxLength: 24 });
const numbers = fc.oneof(fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }).map(String), digits);

t.test("decimals", async (t) => {
  for (const [text, value] of [
    ["0", 0],
    ["+5", 5],
    ["-5", -5],
    ["0007", 7],
    [`${"0".repeat(40)}1`, 1],
    ["999999999999999", 999999999999999],
  ] as const) {
    t.equal(parseDecimal(...between(text)), value, text);
  }
  for (const text of ["", "+", "-", "1x", "x1", " 1", "1 ", "1.5", "--1", "1000000000000000"]) {
    t.ok(Number.isNaN(parseDecimal(...between(text))), `"${text}" is none`);
  }
  fc.assert(
    fc.property(numbers, (text) => {
      const good = /^[+-]?\d+$/.test(text) && text.replace(/^[+-]?0*(?=\d)/, "").length <= 15;
      const value = parseDecimal(...between(text));
      assert.ok(good ? value === Number(text) : Number.isNaN(value), `${text} → ${value}`);
    }),
    { numRuns: 5_000 },
  );
});

t.test("64-bit numbers", async (t) => {
  for (const text of ["0", "18446744073709551615", "+1", `${"0".repeat(30)}18446744073709551615`]) {
    t.ok(isUint64(...between(text)), text);
  }
  for (const text of ["", "+", "-1", "18446744073709551616", "99999999999999999999", "1x"]) {
    t.notOk(isUint64(...between(text)), `"${text}"`);
  }
  fc.assert(
    fc.property(numbers, (text) => {
      const good = /^\+?\d+$/.test(text) && BigInt(text.replace("+", "")) < 2n ** 64n;
      assert.equal(isUint64(...between(text)), good, text);
    }),
    { numRuns: 5_000 },
  );
});

t.test("numbers in the form that every server reads", async () => {
  fc.assert(
    fc.property(
      numbers.filter((text) => /^[+-]?\d+$/.test(text)),
      (text) => {
        assert.equal(isPlainDecimal(...between(text)), String(BigInt(text)) === text, text);
      },
    ),
    { numRuns: 5_000 },
  );
});
