// Is the end of a head found where it is, whatever pieces it comes in, and each byte looked at once?
import fc from "fast-check";
import t from "tap";
import { HeadEnd } from "../../src/http1/head-end.ts";
import { parsed } from "../../src/http1/parsed.ts";
import { RequestParser } from "../../src/http1/request-parser.ts";
import { cutAt, randomCuts } from "../support/random-cuts.ts";
import { guarded } from "./guarded-bytes.ts";

/** What is found in these pieces: the end among all their bytes, -1 or -2. */
function find(pieces: readonly Buffer[]): number {
  const headEnd = new HeadEnd();
  let before = 0;
  for (const piece of pieces) {
    const found = headEnd.find(guarded(piece, 0, piece.length), 0, piece.length);
    if (found !== -1) return found === -2 ? -2 : before + found;
    before += piece.length;
  }
  return -1;
}

t.test("whole, byte by byte, and in two pieces", async (t) => {
  const cases: readonly (readonly [text: string, end: number])[] = [
    ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27],
    ["GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n", 27],
    ["X\r\n\r\n", 5],
    ["\r\n\r\nX\r\n\r\n", 9],
    ["\r\n\r\n", -1],
    ["", -1],
    ["X\r\n\r", -1],
    ["X\r\n\rY\r\n\r\n", 9],
    ["X\r\r\n\r\n", 6],
    ["X\r\n\r\r\n\r\n", 8],
    ["\n", -2],
    ["X\n", -2],
    ["X\r\n\n", -2],
    ["\r\n\nX", -2],
    ["X\r\nY: z\n\r\n", -2],
  ];
  for (const [text, end] of cases) {
    const bytes = Buffer.from(text);
    t.equal(find([bytes]), end, JSON.stringify(text));
    t.equal(find(Array.from(bytes, (value) => Buffer.of(value))), end, "byte by byte");
    for (let cut = 1; cut < bytes.length; cut++) {
      t.equal(find([bytes.subarray(0, cut), bytes.subarray(cut)]), end, `cut at ${cut}`);
    }
  }
});

t.test("it is recycled", async (t) => {
  const headEnd = new HeadEnd();
  const half = Buffer.from("GET / HTTP/1.1\r\nHo");
  t.equal(headEnd.find(half, 0, half.length), -1);
  headEnd.reset();
  const next = Buffer.from("..st: a\r\n\r\n..");
  t.equal(headEnd.find(next, 2, next.length), 11);
});

t.test("it never disagrees with the parser", async () => {
  const part = fc.constantFrom(
    "GET / HTTP/1.1\r\n",
    "Host: a\r\n",
    "X: y\r\n",
    "\r\n",
    "\r",
    "\n",
    "z",
    ":",
    " ",
  );
  const text = fc.array(part, { maxLength: 12 }).map((parts) => Buffer.from(parts.join("")));
  const pieces = text.chain((bytes) => randomCuts(bytes.length).map((cuts) => ({ bytes, cuts })));
  fc.assert(
    fc.property(pieces, ({ bytes, cuts }) => {
      const end = find(cutAt(bytes, cuts));
      const parser = new RequestParser();
      const state = parser.parse(bytes, 0, bytes.length);
      if (state === parsed.complete) return end === parser.headEnd;
      if (state === parsed.incomplete) return end === -1;
      return true;
    }),
    { numRuns: 2000 },
  );
});
