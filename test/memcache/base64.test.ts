// Is a key in base64 the key that it stands for?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { decodeBase64, isBase64 } from "../../src/memcache/base64.ts";

function decode(text: string): Buffer {
  const target = Buffer.alloc(252);
  const length = decodeBase64(Buffer.from(`x${text}x`, "latin1"), 1, 1 + text.length, target);
  return target.subarray(0, length);
}

t.test("keys", async (t) => {
  t.same(decode("Zm9v"), Buffer.from("foo"));
  t.same(decode("AAEC/w=="), Buffer.of(0, 1, 2, 255));
  t.equal(decode("!!!!").length, 0, "no base64 at all");
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 187 }), (key) => {
      assert.deepEqual(decode(Buffer.from(key).toString("base64")), Buffer.from(key));
    }),
  );
});

t.test("only one text for a key", async (t) => {
  const is = (text: string) => isBase64(Buffer.from(`A${text}A`, "latin1"), 1, 1 + text.length);
  for (const text of ["Zm9v", "Zg==", "Zm8=", "+/A="]) t.ok(is(text), text);
  for (const text of [
    "",
    "Z",
    "Zg",
    "Zg=",
    "Zh==",
    "Zm9=",
    "Zg=Z",
    "====",
    "A===",
    "Zm-v",
    "Zm9vZ===",
    "\xff\xff\xff\xff",
  ]) {
    t.notOk(is(text), text);
  }
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."AQZz09+/=!"), maxLength: 8 }), (text) => {
      const strict = text !== "" && Buffer.from(text, "base64").toString("base64") === text;
      assert.equal(is(text), strict, text);
    }),
    { numRuns: 5_000 },
  );
});
