// Whatever bytes come: does the codec never throw, never read a byte that is not its own, and never point outside of them?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { ChunkedBody, chunked } from "../../src/http1/chunked-body.ts";
import type { FieldTable } from "../../src/http1/field-table.ts";
import { HeadEnd } from "../../src/http1/head-end.ts";
import { parsed } from "../../src/http1/parsed.ts";
import { RequestParser } from "../../src/http1/request-parser.ts";
import { ResponseParser } from "../../src/http1/response-parser.ts";
import { TrailerParser } from "../../src/http1/trailer-parser.ts";
import { guarded, surrounded } from "./guarded-bytes.ts";
import { brokenOf, request } from "./request-arbitraries.ts";

const requests = new RequestParser();
const responses = new ResponseParser();
const trailers = new TrailerParser();
requests.limits = { head: 500, headers: 8, target: 40 };
responses.limits = trailers.limits = { head: 500, headers: 8 };

const answer = request.chain((text) =>
  fc
    .constantFrom("HTTP/1.1 200 OK", "HTTP/1.0 404 ", "HTTP/1.1 304", "HTTP/1.1 101 \xe9", "HTTP/1.1 204 x")
    .map((line) => `${line}\r\n${text.slice(text.indexOf("\n") + 1)}`),
);
const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const chunks = fc
  .array(
    fc.constantFrom("5", "0", "\r", "\n", "\r\n", "hello", ";", "a", "0\r\n\r\n", "5\r\nhello\r\n", " "),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(""));
const anything = fc.oneof(brokenOf(request), brokenOf(answer), noise, chunks);

/** That the fields stand in order within bytes[start, end). */
function checkFields(fields: FieldTable, start: number, end: number): void {
  let last = start;
  for (let i = 0; i < fields.count; i++) {
    const places = [fields.nameStart[i]!, fields.nameEnd[i]!, fields.valueStart[i]!, fields.valueEnd[i]!];
    for (const place of places) {
      assert.ok(place >= last && place <= end, `field ${i} is at ${places}`);
      last = place;
    }
    assert.ok(fields.nameEnd[i]! > fields.nameStart[i]!);
  }
}

/** What each parser makes of bytes[start, end), with where its head ends. */
const parsers: readonly ((
  bytes: Uint8Array,
  start: number,
  end: number,
) => readonly [number, number, FieldTable])[] = [
  (...range) => [requests.parse(...range), requests.headEnd, requests.fields],
  (...range) => [responses.parse(...range, range[1] % 8), responses.headEnd, responses.fields],
  (...range) => [trailers.parse(...range), trailers.end, trailers.fields],
];

t.test("heads and trailers", async () => {
  fc.assert(
    fc.property(anything, fc.nat(), (text, cut) => {
      const { bytes, start, end } = surrounded(text);
      const middle = start + (cut % (end - start + 1));
      for (const parse of parsers) {
        const [first] = parse(guarded(bytes, start, middle), start, middle);
        const [state, headEnd, fields] = parse(guarded(bytes, start, end), start, end);
        if (first !== parsed.incomplete) assert.equal(state, first, "what is decided stays");
        if (state !== parsed.complete) continue;
        assert.ok(headEnd > start && headEnd <= end && headEnd - start <= 500);
        assert.equal(bytes.toString("latin1", headEnd - 2, headEnd), "\r\n");
        checkFields(fields, start, headEnd - 2);
      }
    }),
    { numRuns: 5000 },
  );
});

t.test("chunks and ends of heads", async () => {
  fc.assert(
    fc.property(anything, fc.nat(), (text, cut) => {
      const { bytes, start, end } = surrounded(text);
      const middle = start + (cut % (end - start + 1));
      const whole = new ChunkedBody();
      const relayed = whole.scan(guarded(bytes, start, end), start, end);
      const pieces = new ChunkedBody();
      let at = pieces.scan(guarded(bytes, start, middle), start, middle);
      if (pieces.state === chunked.body) {
        assert.equal(at, middle, "all is relayed while nothing is wrong");
        at = pieces.scan(guarded(bytes, middle, end), middle, end);
      }
      assert.deepEqual([pieces.state, pieces.dataLength, at], [whole.state, whole.dataLength, relayed]);
      assert.ok(relayed >= start && relayed <= end && whole.dataLength <= relayed - start);
      const found = new HeadEnd().find(guarded(bytes, start, end), start, end);
      assert.ok(found < 0 ? found >= -2 : found > start && found <= end);
    }),
    { numRuns: 5000 },
  );
});
