// Does a queue give back what was put in, and its buffer when it is empty?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { bufferedBytes } from "../../src/core/buffer-pool.ts";
import { ByteQueue, copyBytes } from "../../src/core/byte-queue.ts";

const contents = (queue: ByteQueue) => queue.buffer.toString("latin1", 0, queue.length);

t.test("append and consume", async (t) => {
  const queue = new ByteQueue();
  const source = Buffer.from("abcdef");
  queue.append(source, 1, 3);
  queue.appendLatin1("\xff!");
  queue.append(source, 0, 0);
  t.equal(contents(queue), "bc\xff!");
  source.fill("z");
  queue.consume(1);
  t.equal(contents(queue), "c\xff!", "it has bytes of its own");
  queue.consume(0);
  t.equal(queue.length, 3);
  queue.consume(99);
  t.equal(queue.length, 0);
  t.equal(bufferedBytes(), 0, "an empty queue holds no buffer");
  queue.reserve(5_000);
  const { buffer } = queue;
  for (let i = 0; i < 1_250; i++) queue.appendLatin1("abcd");
  t.equal(queue.buffer, buffer, "what was reserved needs no other buffer");
  queue.clear();
  queue.clear();
  t.equal(bufferedBytes(), 0);
});

t.test("copies short and long", async (t) => {
  const source = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256));
  for (const [start, end] of [
    [0, 0],
    [5, 6],
    [1, 49],
    [1, 50],
    [0, 300],
  ] as const) {
    const target = Buffer.alloc(310, 7);
    copyBytes(source, start, end, target, 4);
    const wanted = Buffer.concat([
      Buffer.alloc(4, 7),
      source.subarray(start, end),
      Buffer.alloc(306 - (end - start), 7),
    ]);
    t.ok(target.equals(wanted), `${start} to ${end}`);
  }
});

const step = fc.oneof(
  fc.record({ do: fc.constant("append" as const), text: fc.string({ maxLength: 3_000 }) }),
  fc.record({
    do: fc.constant("latin1" as const),
    text: fc.string({ unit: fc.constantFrom("a", "\xe9", "\0"), maxLength: 3_000 }),
  }),
  fc.record({ do: fc.constant("consume" as const), count: fc.nat(4_000) }),
  fc.record({ do: fc.constant("reserve" as const), count: fc.nat(20_000) }),
  fc.record({ do: fc.constant("clear" as const) }),
);

t.test("any steps, as a string has it", async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const queue = new ByteQueue();
      let model = "";
      for (const step of steps) {
        if (step.do === "append") {
          const bytes = Buffer.from(`<${step.text}>`);
          queue.append(bytes, 1, bytes.length - 1);
          model += bytes.toString("latin1", 1, bytes.length - 1);
        } else if (step.do === "latin1") {
          queue.appendLatin1(step.text);
          model += step.text;
        } else if (step.do === "consume") {
          queue.consume(step.count);
          model = model.slice(step.count);
        } else if (step.do === "reserve") {
          queue.reserve(step.count);
          assert.ok(queue.buffer.length >= step.count);
        } else {
          queue.clear();
          model = "";
        }
        assert.equal(contents(queue), model);
      }
      queue.clear();
      assert.equal(bufferedBytes(), 0);
    }),
  );
  t.equal(bufferedBytes(), 0);
});

t.test("what is no part of the source is refused, and nothing is changed", async (t) => {
  const queue = new ByteQueue();
  const source = Buffer.from("abcdef");
  queue.append(source, 0, 3);
  for (const [start, end] of [
    [3, 2],
    [-1, 2],
    [0, 7],
    [7, 8],
    [Number.NaN, 2],
    [0, Number.NaN],
  ] as const)
    t.throws(() => queue.append(source, start, end), RangeError, `${start} to ${end}`);
  t.equal(contents(queue), "abc");
  queue.clear();
});
