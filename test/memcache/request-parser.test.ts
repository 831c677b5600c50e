// Does the parser understand a request line as the protocol says, wherever in a buffer it stands and however it comes?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { parsed, RequestParser } from "../../src/memcache/request-parser.ts";
import { serverLine } from "../../src/memcache/server-line.ts";
import { commands } from "../../src/observe/metric-labels.ts";
import { type SlowResult, slowParse } from "./slow-request-parser.ts";

const parser = new RequestParser();
const BAD_FORMAT = "CLIENT_ERROR bad command line format\r\n";
const states = ["incomplete", "request", "rejected", "hopeless"] as const;

/** What the parser finds in `text`, which stands in the middle of other bytes. */
function parse(text: string): SlowResult {
  const before = "get before\r\n";
  const bytes = Buffer.from(`${before}${text}get behind\r\n`, "latin1");
  const start = before.length;
  const state = states[parser.parse(bytes, start, start + Buffer.byteLength(text, "latin1"))]!;
  const word = (i: number) => bytes.toString("latin1", parser.words[2 * i], parser.words[2 * i + 1]);
  /** What is sent, by the way that it is sent. */
  const sent = () =>
    parser.canonical ? bytes.toString("latin1", parser.words[0], parser.argsEnd) : serverLine(parser, bytes);
  const understood = state === "request";
  const told = state === "rejected" || state === "hopeless";
  return {
    state,
    answer: told ? parser.answer : "",
    errorKind: told ? parser.errorKind : 0,
    command: state === "rejected" || understood ? commands[parser.command]! : "unknown",
    keys: Array.from({ length: understood ? parser.keyCount : 0 }, (_, i) => word(parser.firstKey + i)),
    forwarded: understood && parser.keyCount > 0 ? sent() : "",
    length: understood || state === "rejected" ? parser.valueLength : -1,
    noreply: understood && parser.noreply,
    quiet: understood && parser.quiet,
    base64: understood && parser.base64,
    lineEnd: understood || state === "rejected" ? parser.lineEnd - start : 0,
  };
}

/** The slow parser's result, as far as `parse` above tells it. */
function expected(text: string): SlowResult {
  const slow = slowParse(text);
  const understood = slow.state === "request";
  return {
    ...slow,
    errorKind: slow.state === "rejected" || slow.state === "hopeless" ? slow.errorKind : 0,
    command: slow.state === "rejected" || understood ? slow.command : "unknown",
    forwarded: understood && slow.keys.length > 0 ? slow.forwarded : "",
    length: understood || slow.state === "rejected" ? slow.length : -1,
    noreply: understood && slow.noreply,
    quiet: understood && slow.quiet,
    base64: understood && slow.base64,
    lineEnd: understood || slow.state === "rejected" ? slow.lineEnd : 0,
  };
}

/** Lines and what the parser makes of them. */
const CASES: readonly (readonly [line: string, found: Partial<SlowResult>])[] = [
  ["get a\r\n", { command: "get", keys: ["a"], forwarded: "get a" }],
  ["get a\n", { command: "get", keys: ["a"], forwarded: "get a" }],
  ["  gets  a   b \r\n", { command: "gets", keys: ["a", "b"] }],
  ["gat 100 a b\r\n", { command: "gat", keys: ["a", "b"] }],
  ["gat x a\r\n", { state: "rejected", answer: "CLIENT_ERROR invalid exptime argument\r\n" }],
  ["gat 0\r\n", { command: "gat", keys: [] }],
  ["set a 1 -5 3\r\n", { command: "set", keys: ["a"], length: 3, noreply: false }],
  ["set a 1 0 0 noreply\r\n", { length: 0, noreply: true, forwarded: "set a 1 0 0" }],
  ["set a 1 0 3 junk\r\n", { length: 3, noreply: false, forwarded: "set a 1 0 3" }],
  ["set a 4294967295 -2147483648 2147483645\r\n", { length: 2147483645 }],
  ["set a 0 0 1 noreply noreply\r\n", { state: "rejected", answer: "ERROR\r\n", length: 1 }],
  ["set a +7 -0 007\r\n", { forwarded: "set a 7 0 7", length: 7 }],
  ["  set  a 7  0 7 \r\n", { forwarded: "set a 7 0 7", length: 7 }],
  ["set a 0 0 000000000006\r\n", { forwarded: "set a 0 0 6", length: 6 }],
  ["set a 4294967296 0 1\r\n", { state: "rejected", answer: BAD_FORMAT, length: 1 }],
  ["set a x 0 13\r\n", { state: "rejected", answer: BAD_FORMAT, length: 13 }],
  ["set a 0 99999999999 13 noreply\r\n", { state: "rejected", answer: "", length: 13 }],
  ["set a 0 0 -1\r\n", { state: "rejected", answer: BAD_FORMAT, length: -1 }],
  ["set a 0 0 -1 noreply\r\n", { state: "rejected", answer: "", length: -1 }],
  ["set a 0 0 4294967297\r\n", { state: "rejected", answer: BAD_FORMAT, length: -1 }],
  ["set a 0 0 x\r\n", { state: "hopeless", answer: BAD_FORMAT }],
  ["set a 0 0 noreply\r\n", { state: "hopeless", answer: "" }],
  ["set a 0 0 1\t\r\n", { state: "hopeless", answer: BAD_FORMAT }],
  ["set a 0 0\r\n", { state: "hopeless", answer: "ERROR\r\n" }],
  ["set a\0 0 0 5\r\n", { state: "hopeless", answer: "ERROR\r\n" }],
  ["cas a 0 0 1 18446744073709551615 noreply\r\n", { command: "cas", length: 1, noreply: true }],
  ["cas a 0 0 1 18446744073709551616\r\n", { state: "rejected", length: 1 }],
  ["cas a 0 0 1\r\n", { state: "rejected", answer: "ERROR\r\n", length: 1 }],
  ["incr a noreply noreply\r\n", { state: "rejected", answer: "" }],
  ["incr a +05 7\r\n", { forwarded: "incr a 5" }],
  ["touch a 7 noreply noreply\r\n", { state: "rejected", answer: "ERROR\r\n" }],
  ["touch a noreply noreply\r\n", { state: "rejected", answer: "" }],
  ["incr a 1 noreply\r\n", { command: "incr", noreply: true, forwarded: "incr a 1" }],
  ["delete noreply\r\n", { keys: ["noreply"], noreply: false, forwarded: "delete noreply 0" }],
  ["delete noreply noreply\r\n", { keys: ["noreply"], noreply: true, forwarded: "delete noreply 0" }],
  ["delete a 0 noreply\r\n", { noreply: true, forwarded: "delete a" }],
  ["delete a noreply noreply\r\n", { state: "rejected", answer: "" }],
  ["mg a v q Obq\r\n", { command: "mg", keys: ["a"], quiet: true, base64: false }],
  ["ms YQ== 2 b T0\r\n", { command: "ms", keys: ["YQ=="], length: 2, base64: true, quiet: false }],
  ["ms a 2 T+5 kx F007 Oo\r\n", { forwarded: "ms a 2 T5 k F7 Oo", length: 2 }],
  ["ms a 6 !\r\n", { state: "rejected", answer: "CLIENT_ERROR invalid flag\r\n", length: 6 }],
  ["ms a 6 \x80\r\n", { state: "rejected", answer: "CLIENT_ERROR invalid flag\r\n", length: 6 }],
  ["ms a 6 k k\r\n", { state: "rejected", answer: "CLIENT_ERROR duplicate flag\r\n", length: 6 }],
  ["ms Zh== 1 b\r\n", { state: "rejected", answer: "CLIENT_ERROR error decoding key\r\n", length: 1 }],
  ["ms a\r\n", { state: "hopeless", answer: BAD_FORMAT }],
  ["me\r\n", { state: "rejected", answer: BAD_FORMAT }],
  ["me a x\r\n", { command: "me", keys: ["a"], forwarded: "me a" }],
  ["me YQ== b\r\n", { state: "rejected", answer: BAD_FORMAT }],
  ["mn\r\n", { command: "mn", keys: [] }],
  ["flush_all 10 noreply\r\n", { command: "flush_all", noreply: true }],
  ["flush_all_not\r\n", { state: "rejected", command: "unknown" }],
  ["GET a\r\n", { state: "rejected", command: "unknown", answer: "ERROR\r\n" }],
  ["GET / HTTP/1.1\r\n", { state: "hopeless", answer: "" }],
  ["get a\0b\r\n", { state: "rejected", answer: "ERROR\r\n" }],
  ["get a\rb\r\n", { state: "rejected", answer: "ERROR\r\n" }],
  ["get a\r\r\n", { state: "rejected", answer: "ERROR\r\n" }],
  ["\r\n", { state: "rejected", answer: "ERROR\r\n" }],
  ["\n", { state: "rejected", answer: "ERROR\r\n" }],
  [`get ${"k".repeat(250)}\r\n`, { keys: ["k".repeat(250)] }],
  [`get a ${"k".repeat(251)}\r\n`, { state: "rejected" }],
  [`set ${"k".repeat(251)} 0 0 2\r\n`, { state: "rejected", answer: BAD_FORMAT, length: 2 }],
  [`get ${"k".repeat(3000)}`, { state: "incomplete" }],
  [`${" ".repeat(100)}get ${"k".repeat(3000)}`, { state: "incomplete" }],
  [`${" ".repeat(101)}get ${"k".repeat(3000)}`, { state: "hopeless" }],
  [" ".repeat(2049), { state: "hopeless" }],
  [`set ${"k".repeat(3000)}`, { state: "hopeless" }],
  [`gz ${"k".repeat(3000)}\r\n`, { state: "hopeless" }],
];

for (const [line, found] of CASES) {
  t.test(JSON.stringify(line.slice(0, 60)), async (t) => {
    t.match(parse(line), { state: "request", ...found });
    t.same(parse(line), expected(line), "as the slow parser has it");
    for (let cut = 0; cut < Math.min(line.length, 2049); cut++) {
      if (states[parser.parse(Buffer.from(line, "latin1"), 0, cut)] !== "incomplete") {
        t.fail(`the first ${cut} bytes are taken for a line`);
      }
    }
  });
}

t.test("a line is too long by the same measure, whole and in pieces", async (t) => {
  for (const [line, limit] of [
    [`mg k ${"f ".repeat(1100)}\r\n`, 2048],
    [`get ${"k ".repeat(524_300)}\r\n`, 2 ** 20],
  ] as const) {
    const bytes = Buffer.from(line);
    t.equal(parser.parse(bytes, 0, bytes.length), parsed.hopeless);
    t.equal(parser.parse(bytes, 0, limit), parsed.incomplete);
    t.equal(parser.parse(bytes, 0, limit + 1), parsed.hopeless);
    const short = Buffer.from(`${line.slice(0, limit - 1)}\r\n`);
    t.not(parser.parse(short, 0, short.length), parsed.hopeless);
  }
});

t.test("a line of more words than any before", async (t) => {
  const keys = Array.from({ length: 5000 }, (_, i) => `k${i}`);
  t.same(parse(`get ${keys.join(" ")}\r\n`).keys, keys);
});

const name = fc.constantFrom(...commands, "GET", "sets", "ge", "mget", "m", "gzz", "flush_al", "auth");
const number = fc.oneof(
  fc.integer({ min: -5, max: 300 }).map(String),
  fc.constantFrom(
    "4294967295",
    "4294967296",
    "2147483645",
    "2147483646",
    "2147483648",
    "-2147483648",
    "-2147483649",
  ),
  fc.constantFrom(
    "18446744073709551615",
    "18446744073709551616",
    "+5",
    "-0",
    "007",
    "0".repeat(40),
    "1x",
    "-",
    "+",
  ),
);
const word = fc.oneof(
  { weight: 4, arbitrary: number },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "a",
      "k",
      "noreply",
      "b",
      "q",
      "v",
      "T0",
      "T+7",
      "F08",
      "Cx",
      "D1",
      "J2",
      "MA",
      "Mset",
      "!",
      "\x80",
      "YQ==",
      "YR==",
      "Zm9",
      "Oq",
      "qq",
      "HTTP/1.1",
      "é",
      "\t",
      "\r",
      "a\r",
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom("k".repeat(250), "k".repeat(251), "x".repeat(2040), "\0", "a\0b") },
);
const blanks = fc.constantFrom(" ", " ", " ", "  ", "   ");
const line = fc
  .tuple(
    fc.constantFrom("", "", "", " "),
    name,
    fc.array(fc.tuple(blanks, word), { maxLength: 9 }),
    fc.constantFrom("", "", "", " "),
    fc.constantFrom("\r\n", "\r\n", "\n", "\r\r\n", ""),
  )
  .map(([lead, name, words, trail, end]) => `${lead}${name}${words.flat().join("")}${trail}${end}`);

t.test("any line, as the slow parser has it", async () => {
  fc.assert(
    fc.property(line, (line) => {
      assert.deepEqual(parse(line), expected(line));
    }),
    { numRuns: 20_000 },
  );
});

t.test("any bytes, as the slow parser has it", async () => {
  const bytes = fc.array(fc.constantFrom(..."gestmns ak05\r\n\0\x80 -"), { maxLength: 30 });
  fc.assert(
    fc.property(bytes, (bytes) => {
      const text = bytes.join("");
      assert.deepEqual(parse(text), expected(text));
    }),
    { numRuns: 20_000 },
  );
});
