// Are buffers large enough, used again, and counted while they are out?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import {
  bufferedBytes,
  forgetBuffer,
  giveBuffer,
  takeBuffer,
  tidyBuffers,
} from "../../src/core/buffer-pool.ts";

const slab = 32 << 20;

t.test("sizes", async (t) => {
  for (const [size, length] of [
    [1, 1024],
    [1024, 1024],
    [1025, 2048],
    [1 << 20, 1 << 20],
    [(1 << 20) + 1, 1 << 21],
    [slab, slab],
    [slab + 1, slab + 1],
  ] as const) {
    const buffer = takeBuffer(size);
    t.equal(buffer.length, length);
    t.equal(bufferedBytes(), length);
    giveBuffer(buffer);
    t.equal(bufferedBytes(), 0);
  }
});

t.test("what was given back is taken again; what was forgotten is not for a while", async (t) => {
  const first = takeBuffer(3_000);
  giveBuffer(first);
  const again = takeBuffer(4_000);
  t.equal(again, first);
  forgetBuffer(again);
  t.equal(bufferedBytes(), 0);
  const place = ({ buffer, byteOffset }: Buffer) => ({ buffer, byteOffset });
  const taken = [takeBuffer(3_000)];
  tidyBuffers();
  taken.push(takeBuffer(3_000));
  t.ok(
    taken.every((buffer) => buffer.byteOffset !== again.byteOffset),
    "somebody may still read from it",
  );
  tidyBuffers();
  const last = takeBuffer(3_000);
  t.same(place(last), place(again));
  for (const buffer of [...taken, last]) giveBuffer(buffer);
});

t.test("what is longer than a slab is freed at once", async (t) => {
  const large = takeBuffer(slab + 1);
  giveBuffer(large);
  t.equal(large.length, 0);
});

t.test("parts are joined, and a slab that nobody uses is freed", async (t) => {
  const parts = Array.from({ length: 20 }, (_, at) => takeBuffer(1_000 * (at + 1)));
  const [memory] = parts.map(({ buffer }) => buffer);
  for (const part of parts) giveBuffer(part);
  tidyBuffers();
  const whole = takeBuffer(slab);
  t.equal(whole.buffer, memory, "one again");
  giveBuffer(whole);
  tidyBuffers();
  tidyBuffers();
  t.equal(memory?.byteLength, 0);
  const next = takeBuffer(1_000);
  t.equal(next.length, 1024);
  giveBuffer(next);
});

t.test("after a tidying, what is taken lies close together", async (t) => {
  const parts = Array.from({ length: 1_000 }, () => takeBuffer(1_000));
  for (const part of parts.toReversed()) giveBuffer(part);
  tidyBuffers();
  const again = Array.from({ length: 100 }, () => takeBuffer(1_000));
  t.ok(again.every(({ byteOffset }) => byteOffset < 200 * 1024));
  for (const part of again) giveBuffer(part);
});

t.test("a second slab begins where the first is full", async (t) => {
  const parts = Array.from({ length: 40 }, () => takeBuffer(1 << 20));
  t.equal(new Set(parts.map(({ buffer }) => buffer)).size, 2);
  t.equal(
    new Set(parts.map(({ buffer, byteOffset }) => `${byteOffset} ${buffer === parts[0]!.buffer}`)).size,
    40,
  );
  for (const part of parts) giveBuffer(part);
  for (let times = 0; times < 3; times++) tidyBuffers();
  t.ok(parts.every(({ length }) => length === 0));
});

t.test("no two takers have the same buffer", async () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 5_000 })), { maxLength: 200 }),
      (steps) => {
        const out: Buffer[] = [];
        for (const [take, size] of steps) {
          if (size % 17 === 0) tidyBuffers();
          const back = out[size % Math.max(1, out.length)];
          if (take || back === undefined) {
            const buffer = takeBuffer(size);
            assert.ok(buffer.length >= size && !out.some((other) => overlap(buffer, other)));
            out.push(buffer);
          } else {
            out.splice(out.indexOf(back), 1);
            giveBuffer(back);
          }
          assert.equal(
            bufferedBytes(),
            out.reduce((sum, { length }) => sum + length, 0),
          );
        }
        for (const buffer of out) giveBuffer(buffer);
      },
    ),
  );
});

function overlap(one: Buffer, other: Buffer): boolean {
  if (one.buffer !== other.buffer) return false;
  return one.byteOffset < other.byteOffset + other.length && other.byteOffset < one.byteOffset + one.length;
}
