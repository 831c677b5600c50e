import fc from "fast-check";
import t from "tap";
import { JsonLines } from "../../../../src/upstream/discovery/kubernetes/json-lines.ts";

t.test("values come out as they went in, however the bytes are cut", async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 6 }), cuts, (values, sizes) => {
      const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
      const lines = new JsonLines(1_000_000);
      const out: unknown[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = sizes[turn % sizes.length]!;
        // The reader reuses its buffer.
        const chunk = Buffer.from(bytes.subarray(at, at + size));
        out.push(...lines.push(chunk));
        chunk.fill(0);
        at += size;
      }
      return JSON.stringify(out) === JSON.stringify(values);
    }),
  );
});

t.test("blank lines and carriage returns are no values", async (t) => {
  t.same(new JsonLines(100).push(Buffer.from('\n{"a":1}\r\n\n')), [{ a: 1 }]);
});

t.test("a line that is too long, or no JSON, is refused", async (t) => {
  const lines = new JsonLines(10);
  lines.push(Buffer.from('{"a":'));
  t.throws(() => lines.push(Buffer.from("123456")), { message: "a line of more than 10 bytes" });
  t.throws(() => new JsonLines(10).push(Buffer.from("{]\n")), { name: "SyntaxError" });
});
