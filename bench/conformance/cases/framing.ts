import type { ConformanceCase } from "../conformance-case.ts";
import { valuesOf } from "../http-message.ts";
import type { Seen } from "../seen.ts";
import { chunk, exchange, provoke, repliesOk, request, smuggled } from "../steps.ts";
import { orRefused, refused } from "../verdicts.ts";

const group = "Framing of requests";
const server = repliesOk;

/** Whether the server read that body in its first request. */
function bodyVerdict(body: string): (seen: Seen) => string {
  return orRefused(({ requests: [first] }) =>
    first?.complete && first.body === body ? "passes on" : "LOSES THE BODY",
  );
}

/** A POST that must be refused, in variants: fields and what follows the head. */
function refusedPosts(
  row: string,
  rule: string,
  good: readonly string[],
  offence: RegExp,
  variants: readonly (readonly [variant: string, fields: readonly string[], rest: string])[],
): ConformanceCase[] {
  return variants.map(([variant, fields, rest]) => ({
    group,
    row,
    ...(variants.length > 1 && { variant }),
    rule,
    client: provoke(request("POST /x", fields, rest)),
    server,
    judge: refused(offence),
    good,
  }));
}

const chunked = "Transfer-Encoding: chunked";
/** A chunked body of nothing, behind which a request is hidden. */
const hidden = `0\r\n\r\n${smuggled}`;
const bodyLength = `Content-Length: ${hidden.length}`;
const anyLength = /content-length/i;
const strict = ["refuses"];
const lenient = ["refuses", "repairs"];

function withLength(value: string): readonly [string, readonly string[], string] {
  return [`\`${value}\``, [`Content-Length: ${value}`], "hello"];
}

function withCoding(line: string): readonly [string, readonly string[], string] {
  return [JSON.stringify(line), [line, bodyLength], hidden];
}

function withSize(size: string): readonly [string, readonly string[], string] {
  return [JSON.stringify(size), [chunked], `${size}\r\nhello\r\n0\r\n\r\n`];
}

export const framingCases: readonly ConformanceCase[] = [
  ...["DELETE", "OPTIONS", "GET"].map((method): ConformanceCase => {
    return {
      group,
      row: "DELETE, OPTIONS and GET with a chunked body",
      variant: method,
      rule: "RFC 9112 6, CVE-2026-29057",
      client: exchange(request(`${method} /x`, [chunked], chunk(smuggled))),
      server,
      judge: bodyVerdict(smuggled),
      good: ["passes on"],
    };
  }),
  {
    group,
    row: "GET with a body",
    rule: "RFC 9110 9.3.1",
    client: exchange(request("GET /x", ["Content-Length: 5"], "hello")),
    server,
    judge: bodyVerdict("hello"),
    good: ["passes on"],
  },
  ...refusedPosts("Transfer-Encoding and Content-Length", "RFC 9112 6.3", lenient, anyLength, [
    ["", [chunked, bodyLength], hidden],
  ]),
  ...refusedPosts("several Content-Lengths that differ", "RFC 9112 6.3", strict, anyLength, [
    ["longer first", [bodyLength, "Content-Length: 5"], hidden],
    ["shorter first", ["Content-Length: 5", bodyLength], hidden],
    ["as a list", [`Content-Length: 5, ${hidden.length}`], hidden],
  ]),
  ...refusedPosts(
    "several Content-Lengths that agree",
    "RFC 9112 6.3",
    lenient,
    /length: 5\r\n(.*\r\n)*content-length: 5|5, 5/i,
    [
      ["as two fields", ["Content-Length: 5", "Content-Length: 5"], "hello"],
      ["as a list", ["Content-Length: 5, 5"], "hello"],
    ],
  ),
  ...refusedPosts("a Content-Length that is no number", "RFC 9110 8.6", strict, anyLength, [
    withLength("+5"),
    withLength("-5"),
    withLength("5a"),
    withLength("0x5"),
    withLength("5 5"),
    withLength(""),
  ]),
  ...refusedPosts("a Content-Length beyond 64 bits", "RFC 9110 8.6", strict, anyLength, [
    ["", ["Content-Length: 18446744073709551621"], "hello"],
  ]),
  ...refusedPosts(
    "a Transfer-Encoding that is not just `chunked`",
    "RFC 9112 6.1",
    strict,
    /transfer-encoding/i,
    [
      withCoding("Transfer-Encoding: xchunked"),
      withCoding("Transfer-Encoding: chunked, identity"),
      withCoding("Transfer-Encoding: chunked, chunked"),
      withCoding("Transfer-Encoding: \x0bchunked"),
      withCoding('Transfer-Encoding: "chunked"'),
      withCoding("Transfer-Encoding : chunked"),
      withCoding("Transfer-Encoding: identity"),
      withCoding("Transfer-Encoding:"),
    ],
  ),
  {
    group,
    row: "Transfer-Encoding in HTTP/1.0",
    rule: "RFC 9112 6.1",
    client: provoke(`POST /x HTTP/1.0\r\nHost: app.test\r\n${chunked}\r\n\r\n${chunk("hello")}`),
    server,
    judge: refused(/transfer-encoding/i),
    good: strict,
  },
  ...refusedPosts("a chunk size that is no number", "RFC 9112 7.1", strict, anyLength, [
    withSize("+5"),
    withSize("-5"),
    withSize("0x5"),
    withSize("g"),
    withSize(""),
    withSize(" 5"),
  ]),
  ...refusedPosts("a chunk size beyond 64 bits", "RFC 9112 7.1", strict, anyLength, [
    withSize("10000000000000005"),
  ]),
  ...refusedPosts("lone LFs in the chunks", "RFC 9112 7.1", lenient, /[^\r]\n/, [
    ["after the size", [chunked], "5\nhello\r\n0\r\n\r\n"],
    ["in an extension", [chunked], "5;a\nhello\r\n0\r\n\r\n"],
    ["after the data", [chunked], "5\r\nhello\n0\r\n\r\n"],
  ]),
  ...refusedPosts("no line end behind a chunk's data", "RFC 9112 7.1", strict, /helloX/, [
    ["", [chunked], "5\r\nhelloXX0\r\n\r\n"],
  ]),
  {
    group,
    row: "a chunk extension",
    rule: "RFC 9112 7.1.1",
    client: exchange(request("POST /x", [chunked], '5;a=b;c="d"\r\nhello\r\n0\r\n\r\n')),
    server,
    judge: bodyVerdict("hello"),
    good: ["passes on"],
  },
  {
    group,
    row: "trailers of a request",
    rule: "RFC 9110 6.5",
    client: exchange(request("POST /x", [chunked, "Trailer: X-Sum"], "5\r\nhello\r\n0\r\nX-Sum: 17\r\n\r\n")),
    server,
    judge: orRefused(({ requests: [first] }) => (hasTrailer(first?.trailers) ? "passes on" : "drops")),
    good: ["passes on"],
  },
  {
    group,
    row: "`Trailer:` on a GET without a body",
    rule: "RFC 9110 6.6.2",
    client: exchange(request("GET /x", ["Trailer: X-Sum"])),
    server,
    judge: orRefused(({ requests: [first] }) =>
      valuesOf(first, "trailer").length > 0 ? "passes on" : "strips",
    ),
    good: ["passes on", "strips"],
  },
];

function hasTrailer(trailers: readonly (readonly [string, string])[] = []): boolean {
  return trailers.some(([name, value]) => name.toLowerCase() === "x-sum" && value === "17");
}
