// Does the parser find what one of regular expressions finds, in whatever is put together or broken?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { RequestParser } from "../../src/http1/request-parser.ts";
import { surrounded } from "./guarded-bytes.ts";
import { brokenOf, request } from "./request-arbitraries.ts";
import { type FoundRequest, findRequest } from "./request-case.ts";
import { isWholeHead, slowRequest } from "./slow-request-head.ts";

/** One of these completes whatever may become a head: the rest of one, from any place on. */
const REST = "\nx / HTTP/1.1\r\nx:\r\n\r\n";
const WAYS_ON = Array.from(REST, (_, at) => REST.slice(at));

const parser = new RequestParser();

function fast(text: string): FoundRequest {
  const { bytes, start, end } = surrounded(text);
  return findRequest(parser, bytes, start, end);
}

t.test("a request put together from valid and invalid parts", async (t) => {
  let valid = 0;
  fc.assert(
    fc.property(request, (text) => {
      const slow = slowRequest(text);
      const found = fast(text);
      if (slow === null) return found.state === "refused";
      valid++;
      assert.deepEqual(found, slow);
      return true;
    }),
    { numRuns: 5000 },
  );
  t.ok(valid > 200, `${valid} of them were valid`);
});

t.test("a request with some bytes changed, and its beginnings", async () => {
  fc.assert(
    fc.property(brokenOf(request), fc.nat(), (text, cut) => {
      const found = fast(text);
      const slow = slowRequest(text);
      if (found.state === "complete" || slow !== null) assert.deepEqual(found, slow);
      const beginning = text.slice(0, cut % (text.length + 1));
      const first = fast(beginning);
      if (first.state === "refused") assert.deepEqual(found, first);
      if (first.state === "complete") assert.deepEqual(found, first);
      if (first.state === "incomplete") assert.ok(WAYS_ON.some((rest) => isWholeHead(beginning + rest)));
    }),
    { numRuns: 5000 },
  );
});
