// Are bytes taken four at a time the same as one by one, wherever they begin and end?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { copyWide, hasBlank, viewOf, wide } from "../../src/core/wide-bytes.ts";

t.test("a view is of the whole buffer, which may be a part of another", async (t) => {
  const whole = Buffer.from("....abcdefgh....");
  const part = whole.subarray(4, 12);
  const view = viewOf(part);
  t.equal(view.byteLength, 8);
  t.equal(view.getInt32(0, true), wide("abcd"));
  t.equal(viewOf(part), view, "it is kept");
  t.equal(viewOf(whole).getInt32(4, true), wide("abcd"));
  t.equal(viewOf(part).getInt32(4, true), wide("efgh"));
});

t.test("copies any range, and nothing around it", async () => {
  const bytes = fc.uint8Array({ minLength: 0, maxLength: 40 });
  const property = fc.property(bytes, fc.nat(5), fc.nat(5), (source, before, at) => {
    const from = Buffer.concat([Buffer.alloc(before, 1), source, Buffer.alloc(5, 2)]);
    const target = Buffer.alloc(50, 0xee);
    copyWide(viewOf(from), before, before + source.length, viewOf(Buffer.from(target)), at);
    const into = new DataView(target.buffer, target.byteOffset, target.length);
    copyWide(viewOf(from), before, before + source.length, into, at);
    const expected = Buffer.alloc(50, 0xee);
    expected.set(source, at);
    assert.deepEqual(target, expected);
  });
  fc.assert(property);
});

t.test("refuses a range that is not there", async (t) => {
  const source = viewOf(Buffer.alloc(10));
  const target = new DataView(new ArrayBuffer(10));
  for (const [start, end, at] of [
    [-1, 4, 0],
    [7, 11, 0],
    [0, 10, 1],
    [0, 4, -1],
  ] as const) {
    t.throws(() => copyWide(source, start, end, target, at), RangeError);
  }
});

t.test("finds a blank at any place, and nothing else", async () => {
  const byte = fc.oneof(fc.constantFrom(0x1f, 0x20, 0x21, 0xa0, 0, 0xff), fc.nat(255));
  const property = fc.property(byte, byte, byte, byte, (...bytes) => {
    assert.equal(hasBlank(wide(Buffer.from(bytes).toString("latin1"))), bytes.includes(0x20));
  });
  fc.assert(property, { numRuns: 2000 });
});
