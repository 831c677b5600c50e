// Which part of a key counts, with a tag?
import fc from "fast-check";
import t from "tap";
import { taggedHash, taggedPart } from "../../src/ring/hash-tag.ts";

/** The same rule on strings, written for reading. */
function slowPart(key: string): string {
  const open = key.indexOf("{");
  if (open < 0) return key;
  const close = key.indexOf("}", open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : key;
}

t.test("the first opening character and the first closing one after it", async (t) => {
  const cases: Record<string, string> = {
    "user:{42}:profile": "42",
    "{a}{b}": "a",
    "{{a}}": "{a",
    "}a{b}": "b",
    "}a{": "}a{",
    "{}a{b}": "{}a{b}",
    "{a": "{a",
    a: "a",
  };
  for (const [key, part] of Object.entries(cases)) {
    t.equal(Buffer.from(taggedPart(Buffer.from(key), "{}")).toString(), part, key);
  }
});

t.test("one character may open and close", async (t) => {
  t.equal(Buffer.from(taggedPart(Buffer.from("a%b%c"), "%%")).toString(), "b");
});

t.test("only that part reaches the hash", async (t) => {
  const text = fc.string({ unit: fc.constantFrom("{", "}", "a", "b"), maxLength: 12 });
  fc.assert(
    fc.property(text, text, text, (before, key, after) => {
      let seen = "";
      const hash = taggedHash((bytes, start, end) => {
        seen = Buffer.from(bytes.subarray(start, end)).toString();
        return 7;
      }, "{}");
      const bytes = Buffer.from(before + key + after);
      const result = hash(bytes, before.length, before.length + key.length);
      return result === 7 && seen === slowPart(key) && seen === String(taggedPart(Buffer.from(key), "{}"));
    }),
    { numRuns: 2000 },
  );
  t.pass("as the rule on strings says");
});
