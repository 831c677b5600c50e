// Is a key in base64 the key that it stands for?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { decodeBase64 } from "../../src/memcache/base64.ts";

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
