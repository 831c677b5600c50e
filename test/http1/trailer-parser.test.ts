// RFC 9112 section 7.1.2 and RFC 9110 section 6.5: are trailers read to their end, and those marked that must not be there?
import t, { type Test } from "tap";
import { TrailerParser } from "../../src/http1/trailer-parser.ts";
import { guarded, surrounded } from "./guarded-bytes.ts";
import { type FoundField, foundFields, states } from "./request-case.ts";

interface FoundTrailers {
  readonly state: string;
  readonly problem?: string;
  readonly size?: number;
  readonly fields?: readonly FoundField[];
}

function find(parser: TrailerParser, source: Buffer, start: number, end: number): FoundTrailers {
  const state = states[parser.parse(guarded(source, start, end), start, end)]!;
  if (state === "incomplete") return { state };
  if (state === "refused") return { state, problem: parser.problem!.code };
  return { state, size: parser.end - start, fields: foundFields(parser.fields, source) };
}

function trailersOf(t: Test, text: string, limits?: TrailerParser["limits"]): FoundTrailers {
  const { bytes, start, end } = surrounded(text);
  const parser = Object.assign(new TrailerParser(), limits && { limits });
  const whole = find(parser, bytes, start, end);
  for (let cut = 0; cut < (whole.size ?? text.length); cut++) {
    const found = find(parser, bytes, start, start + cut);
    if (found.state !== "incomplete") t.same(found, whole, `the first ${cut} bytes`);
  }
  return whole;
}

t.test("none", async (t) => {
  t.same(trailersOf(t, "\r\n"), { state: "complete", size: 2, fields: [] });
  t.same(trailersOf(t, "\r\nGET / HTTP/1.1\r\n\r\n"), { state: "complete", size: 2, fields: [] });
});

t.test("some", async (t) => {
  t.same(trailersOf(t, "grpc-status: 0\r\nX: y \r\n\r\n"), {
    state: "complete",
    size: 25,
    fields: [
      { name: "grpc-status", value: "0", hop: false },
      { name: "X", value: "y", hop: false },
    ],
  });
});

t.test("what must not be in a trailer", async (t) => {
  const marked = (name: string) => trailersOf(t, `${name}: x\r\n\r\n`).fields![0]!.hop;
  for (const name of [
    "Transfer-Encoding",
    "content-length",
    "Trailer",
    "Host",
    "TE",
    "Connection",
    "Upgrade",
    "Content-Type",
    "Content-Encoding",
    "Content-Range",
    "Cookie",
    "Set-Cookie",
    "Authorization",
    "Proxy-Authorization",
    "WWW-Authenticate",
    "Cache-Control",
    "Expect",
    "Max-Forwards",
    "If-Match",
    "Range",
    "X-Forwarded-For",
    "Forwarded",
    "Via",
    "Location",
  ]) {
    t.equal(marked(name), true, name);
  }
  for (const name of [
    "Server-Timing",
    "Content-Digest",
    "Repr-Digest",
    "ETag",
    "grpc-message",
    "X-Checksum",
  ]) {
    t.equal(marked(name), false, name);
  }
});

t.test("what is refused", async (t) => {
  const cases: readonly (readonly [text: string, problem: string])[] = [
    ["\n", "bare-lf"],
    ["\rX", "bare-cr"],
    ["X: y\n\r\n", "bare-lf"],
    ["X: y\r\n z\r\n\r\n", "obs-fold"],
    [" X: y\r\n\r\n", "space-before-first-field"],
    ["X : y\r\n\r\n", "space-before-colon"],
    ["X: \0\r\n\r\n", "bad-field-value"],
    ["GET / HTTP/1.1\r\n\r\n", "space-before-colon"],
  ];
  for (const [text, problem] of cases) {
    t.same(trailersOf(t, text), { state: "refused", problem }, JSON.stringify(text));
  }
  const limits = { head: 12, headers: 1 };
  t.match(trailersOf(t, "X: yyyyy\r\n\r\n", limits), { state: "complete", size: 12 });
  t.same(trailersOf(t, "X: yyyyyy\r\n\r\n", limits), { state: "refused", problem: "head-too-large" });
  t.same(trailersOf(t, "X:\r\nY:\r\n\r\n", limits), { state: "refused", problem: "too-many-fields" });
});
