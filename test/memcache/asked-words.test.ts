// Are the words of each request there until its reply is, however many are under way?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { bufferedBytes } from "../../src/core/buffer-pool.ts";
import { AskedWords } from "../../src/memcache/asked-words.ts";

const textOf = (asked: AskedWords, length: number) =>
  asked.bytes.toString("latin1", asked.at, asked.at + length);

function put(asked: AskedWords, keys: readonly string[]): void {
  const line = Buffer.from(`get ${keys.join(" ")}\r\n`, "latin1");
  let at = 4;
  for (const [i, key] of keys.entries()) {
    if (i === 0) asked.append(line, at, at + key.length);
    else asked.appendKey(line, at, at + key.length);
    at += key.length + 1;
  }
}

t.test("requests and replies in any order", async () => {
  const key = fc.string({ unit: fc.constantFrom("a", "b", "\xff"), minLength: 1, maxLength: 250 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant("keys" as const), keys: fc.array(key, { minLength: 1, maxLength: 12 }) }),
    fc.record({ kind: fc.constant("text" as const), keys: fc.tuple(key) }),
    fc.record({ kind: fc.constant("reply" as const) }),
  );
  const property = fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
    const asked = new AskedWords();
    const underWay: string[] = [];
    for (const next of steps) {
      if (next.kind === "reply") {
        const words = underWay.shift();
        if (words === undefined) continue;
        assert.equal(textOf(asked, words.length), words);
        asked.drop(words.length);
      } else {
        if (next.kind === "text") asked.appendLatin1(next.keys[0]);
        else put(asked, next.keys);
        underWay.push(next.keys.join(" "));
      }
      assert.equal(textOf(asked, asked.length), underWay.join(""));
      assert.equal(asked.view.byteLength, asked.bytes.length);
    }
    asked.clear();
    assert.equal(asked.length, 0);
    assert.equal(bufferedBytes(), 0, "an empty one holds no buffer of the pool");
  });
  fc.assert(property);
});

t.test("refuses what is no part of the source", async (t) => {
  const asked = new AskedWords();
  const source = Buffer.from("key");
  for (const [start, end] of [
    [2, 1],
    [0, 4],
    [-1, 2],
  ] as const) {
    t.throws(() => asked.append(source, start, end), RangeError);
    t.equal(asked.length, 0);
  }
});
