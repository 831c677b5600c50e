// Are buffers large enough, used again, and counted while they are out?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import {
  bufferedBytes,
  forgetBuffer,
  giveBuffer,
  takeBuffer,
  trimBuffers,
} from "../../src/core/buffer-pool.ts";

t.test("sizes", async (t) => {
  for (const [size, length] of [
    [1, 1024],
    [1024, 1024],
    [1025, 2048],
    [1 << 20, 1 << 20],
    [(1 << 20) + 1, (1 << 20) + 1],
  ] as const) {
    const buffer = takeBuffer(size);
    t.equal(buffer.length, length);
    t.equal(bufferedBytes(), length);
    giveBuffer(buffer);
    t.equal(bufferedBytes(), 0);
  }
});

t.test("what was given back is taken again; what was forgotten is not, nor what is very large", async (t) => {
  const first = takeBuffer(3_000);
  giveBuffer(first);
  const again = takeBuffer(4_000);
  t.equal(again, first);
  forgetBuffer(again);
  t.equal(bufferedBytes(), 0);
  const other = takeBuffer(3_000);
  t.not(other, again);
  giveBuffer(other);
  const large = takeBuffer(3 << 20);
  giveBuffer(large);
  const next = takeBuffer(3 << 20);
  t.not(next, large);
  giveBuffer(next);
});

t.test("what is not needed for a while is freed, what is needed stays", async (t) => {
  const buffers = Array.from({ length: 8 }, () => takeBuffer(200_000));
  for (const buffer of buffers) giveBuffer(buffer);
  trimBuffers();
  t.ok(
    buffers.every(({ length }) => length > 0),
    "they have been in use since the last time",
  );
  const [one, two] = [takeBuffer(200_000), takeBuffer(200_000)];
  giveBuffer(one);
  giveBuffer(two);
  trimBuffers();
  t.equal(buffers.filter(({ length }) => length === 0).length, 3, "half of the six that nobody took");
  for (let times = 0; times < 4; times++) trimBuffers();
  t.ok(buffers.every(({ length }) => length === 0));
  const next = takeBuffer(200_000);
  t.equal(next.length, 1 << 18);
  giveBuffer(next);
});

t.test("no two takers have the same buffer", async () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 5_000 })), { maxLength: 200 }),
      (steps) => {
        const out: Buffer[] = [];
        for (const [take, size] of steps) {
          const back = out[size % Math.max(1, out.length)];
          if (take || back === undefined) {
            const buffer = takeBuffer(size);
            assert.ok(buffer.length >= size && !out.includes(buffer));
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
