// Is arithmetic on halves the same as on BigInt?
import fc from "fast-check";
import t from "tap";
import * as uint64 from "../../../src/ring/hash/uint64.ts";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
/** Numbers at the borders of halves, where carries go wrong. */
const edges = fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n);
const number = fc.oneof(u64, edges);

function low(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

function high(value: bigint): number {
  return low(value >> 32n);
}

function run(value: bigint, operation: (register: Int32Array) => void): bigint {
  const register = Int32Array.of(low(value), high(value));
  operation(register);
  return (BigInt(register[1]! >>> 0) << 32n) | BigInt(register[0]! >>> 0);
}

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

t.test("add and multiply", async (t) => {
  fc.assert(
    fc.property(number, number, (a, b) => {
      const sum = run(a, (r) => uint64.add(r, 0, high(b), low(b)));
      const product = run(a, (r) => uint64.multiply(r, 0, high(b), low(b)));
      return sum === wrap(a + b) && product === wrap(a * b);
    }),
    { numRuns: 5000 },
  );
  t.pass("agree");
});

t.test("the folded product of 128 bits", async (t) => {
  fc.assert(
    fc.property(number, number, number, (sum, a, b) => {
      const folded = run(sum, (r) => uint64.addFoldedProduct(r, 0, high(a), low(a), high(b), low(b)));
      return folded === wrap(sum + (((a * b) >> 64n) ^ wrap(a * b)));
    }),
    { numRuns: 5000 },
  );
  t.pass("agree");
});

t.test("the high half of a product of 32-bit numbers", async (t) => {
  const word = fc.oneof(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.constantFrom(2 ** 32 - 1, 2 ** 31, 2 ** 16),
  );
  fc.assert(
    fc.property(word, word, (a, b) => {
      return uint64.multiplyHigh(a, b) >>> 0 === Number((BigInt(a) * BigInt(b)) >> 32n);
    }),
    { numRuns: 20_000 },
  );
  t.pass("agrees");
});

t.test("shifts and rotations", async (t) => {
  fc.assert(
    fc.property(number, fc.integer({ min: 1, max: 63 }), (a, count) => {
      return run(a, (r) => uint64.xorShiftRight(r, 0, count)) === (a ^ (a >> BigInt(count)));
    }),
  );
  fc.assert(
    fc.property(number, fc.integer({ min: 1, max: 31 }), (a, count) => {
      const turned = wrap(a << BigInt(count)) | (a >> BigInt(64 - count));
      return run(a, (r) => uint64.rotateLeft(r, 0, count)) === turned;
    }),
  );
  t.pass("agree");
});
