// Does the parser find the end of each reply, however the bytes are cut, and refuse what no memcached says?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { maxReplyLine, ReplyParser, replied, replyForm } from "../../src/memcache/reply-parser.ts";
import { cutAt, randomCuts } from "../support/random-cuts.ts";

interface Reply {
  readonly bytes: string;
  readonly values: number;
  readonly failed: boolean;
}

/** The replies of these forms in a stream that comes in pieces, as a connection reads them; "garbage" from there on. */
function readReplies(pieces: readonly Buffer[], forms: readonly number[]): (Reply | "garbage")[] {
  const parser = new ReplyParser();
  const replies: (Reply | "garbage")[] = [];
  let unread = Buffer.alloc(0);
  let reply = "";
  let inReply = false;
  for (const piece of pieces) {
    unread = Buffer.concat([unread, piece]);
    let start = 0;
    while (start < unread.length) {
      if (!inReply) parser.begin();
      inReply = true;
      const form = forms[replies.length];
      if (form === undefined) throw new Error(`more than was asked for: ${unread.subarray(start)}`);
      const state = parser.next(unread, start, unread.length, form);
      if (state === replied.garbage) return [...replies, "garbage"];
      const end = state === replied.whole ? parser.replyEnd : parser.at;
      reply += unread.toString("latin1", start, end);
      start = parser.at;
      if (state === replied.partial) break;
      replies.push({ bytes: reply, values: parser.values, failed: parser.failed });
      reply = "";
      inReply = false;
    }
    unread = unread.subarray(start);
  }
  return replies;
}

function expectReplies(
  stream: string,
  forms: readonly number[],
  expected: readonly (Reply | "garbage")[],
): void {
  const bytes = Buffer.from(stream, "latin1");
  const byByte = Array.from({ length: Math.max(0, bytes.length - 1) }, (_, i) => i + 1);
  for (const cuts of [[], byByte]) assert.deepEqual(readReplies(cutAt(bytes, cuts), forms), expected);
}

const { line, values, meta, metaQuiet, stats } = replyForm;

/** Forms, replies in that form, and what each counts. */
const REPLIES: readonly (readonly [form: number, bytes: string, values?: number, failed?: boolean])[] = [
  ...[
    "STORED",
    "NOT_STORED",
    "EXISTS",
    "NOT_FOUND",
    "DELETED",
    "TOUCHED",
    "OK",
    "RESET",
    "0",
    "18446744073709551615",
  ].map((word) => [line, `${word}\r\n`] as const),
  [line, "BUSY currently processing reassign request\r\n"],
  [line, "STORED\n"],
  ...[line, values, meta, stats].flatMap((form) =>
    ["ERROR", "CLIENT_ERROR bad data chunk", "SERVER_ERROR out of memory", "SERVER_ERROR"].map(
      (words) => [form, `${words}\r\n`, 0, true] as const,
    ),
  ),
  [values, "END\r\n"],
  [values, "VALUE a 0 0\r\n\r\nEND\r\n", 1],
  [values, "VALUE a 4294967295 3 18446744073709551615\r\nabc\r\nEND\r\n", 1],
  [values, "VALUE a 0 5\r\nEND\r\n\r\nVALUE b 0 10\r\nVALUE c 0 \r\nEND\r\n", 2],
  [values, "VALUE a\x01\t 0 2\r\n\r\n\r\nEND\r\n", 1],
  [values, "VALUE a 0 1\r\nx\r\nSERVER_ERROR half way\r\n", 1, true],
  [values, `VALUE ${"k".repeat(250)} 0 300\r\n${"\n".repeat(300)}\r\nEND\r\n`, 1],
  [meta, "HD\r\n", 1],
  [meta, "HD s5 t-1 ka\r\n", 1],
  [meta, "EN\r\n"],
  [meta, "NF Oabc\r\n"],
  [meta, "NS\r\n"],
  [meta, "EX\r\n"],
  [meta, "VA 0\r\n\r\n", 1],
  [meta, "VA 6 s6 f0\r\nHD\r\nMN\r\n", 1],
  [meta, "ME a exp=-1 la=2 cas=3 fetch=no cls=1 size=60\r\n"],
  [stats, "END\r\n"],
  [stats, "STAT a 1\r\nSTAT b END\r\nEND\r\n"],
  [stats, "PREFIX a get 1 hit 1 set 1 del 0\r\nEND\r\n"],
  [stats, "ITEM a [1 b; 0 s]\r\nEND\r\n"],
  [stats, "OK\r\n"],
  [stats, "RESET\r\n"],
];

for (const [form, bytes, count = 0, failed = false] of REPLIES) {
  t.test(JSON.stringify(bytes.slice(0, 60)), async () => {
    const reply = { bytes, values: count, failed };
    expectReplies(bytes, [form], [reply]);
    expectReplies(bytes + bytes, [form, form], [reply, reply]);
    expectReplies(bytes.slice(0, -1), [form], []);
  });
}

/** What a quiet meta command and the no-op behind it get, and what of it is for the client. */
const QUIET: readonly (readonly [bytes: string, told: string, values?: number, failed?: boolean])[] = [
  ["MN\r\n", ""],
  ["HD\r\nMN\r\n", "HD\r\n", 1],
  ["VA 4\r\nMN\r\n\r\nMN\r\n", "VA 4\r\nMN\r\n\r\n", 1],
  ["NS\r\nMN\r\n", "NS\r\n"],
  ["NF k\r\nMN\r\n", "NF k\r\n"],
  ["CLIENT_ERROR invalid flag\r\nMN\r\n", "CLIENT_ERROR invalid flag\r\n", 0, true],
  [
    "SERVER_ERROR object too large for cache\r\nMN\r\n",
    "SERVER_ERROR object too large for cache\r\n",
    0,
    true,
  ],
];

for (const [bytes, told, count = 0, failed = false] of QUIET) {
  t.test(`quiet: ${JSON.stringify(bytes)}`, async () => {
    const reply = { bytes: told, values: count, failed };
    expectReplies(bytes, [metaQuiet], [reply]);
    expectReplies(
      `${bytes}STORED\r\n${bytes}`,
      [metaQuiet, line, metaQuiet],
      [reply, { bytes: "STORED\r\n", values: 0, failed: false }, reply],
    );
  });
}

const GARBAGE: readonly (readonly [form: number, bytes: string])[] = [
  ...[line, values, meta, metaQuiet, stats].flatMap((form) =>
    ["\r\n", "\n", "hello\r\n", "\0\0\0\0\n", "HTTP/1.1 400 Bad Request\r\n", "\x81\0\0\0\n"].map(
      (bytes) => [form, bytes] as const,
    ),
  ),
  [line, "VALUE a 0 1\r\n"],
  [line, "END\r\n"],
  [values, "STORED\r\n"],
  [values, "VALUE a 0\r\n"],
  [values, "VALUE a 0 x\r\n"],
  [values, "VALUE a 0 -1\r\n"],
  [values, "VALUE a 0 4294967293\r\n"],
  [values, "VALUE a 0 99999999999999999999\r\n"],
  [values, "VALUE a 0 1\r\nxyz\r\nEND\r\n"],
  [values, "VALUE a 0 3\r\nx\r\nEND\r\n"],
  [values, "VALUE a 0 1\r\nx\n\r"],
  [values, "VA 1\r\nx\r\n"],
  [meta, "VA\r\n"],
  [meta, "VA x\r\n"],
  [meta, "VA 4294967293\r\n"],
  [meta, "VALUE a 0 1\r\n"],
  [meta, "VA 1\r\nxyz\r\n"],
  [meta, "STORED\r\n"],
  [metaQuiet, "HD\r\nHD\r\n"],
  [metaQuiet, "VA 1\r\nx\r\nVA 1\r\n"],
  [metaQuiet, "STORED\r\n"],
  [stats, "VALUE a 0 1\r\n"],
  [stats, "STAT a 1\r\nHD\r\n"],
];

for (const [form, bytes] of GARBAGE) {
  t.test(`garbage: ${JSON.stringify(bytes)}`, async () => {
    const whole = readReplies([Buffer.from(bytes, "latin1")], [form]);
    t.same(whole, ["garbage"]);
    const byByte = Array.from(Buffer.from(bytes, "latin1"), (byte) => Buffer.of(byte));
    t.same(readReplies(byByte, [form]), ["garbage"]);
  });
}

t.test("a line that does not end", async (t) => {
  for (const form of [line, values, meta, metaQuiet, stats]) {
    const parser = new ReplyParser();
    const endless = Buffer.alloc(maxReplyLine + 1, "S");
    t.equal(parser.next(endless, 0, maxReplyLine, form), replied.partial);
    t.equal(parser.next(endless, 0, maxReplyLine + 1, form), replied.garbage);
  }
});

t.test("a value of any length in any pieces, of which none is looked at twice", async (t) => {
  const parser = new ReplyParser();
  parser.begin();
  const head = Buffer.from("VALUE a 0 2147483645\r\n");
  t.equal(parser.next(head, 0, head.length, values), replied.partial);
  t.equal(parser.at, head.length);
  const piece = Buffer.alloc(1 << 20, "\n");
  let left = 2147483645;
  while (left >= piece.length) {
    t.equal(parser.next(piece, 0, piece.length, values), replied.partial);
    if (parser.at !== piece.length) t.fail("does not go on");
    left -= piece.length;
  }
  const tail = Buffer.concat([piece.subarray(0, left), Buffer.from("\r\nEND\r\n")]);
  t.equal(parser.next(tail, 0, tail.length, values), replied.whole);
  t.equal(parser.values, 1);
});

t.test("after a loss it begins anew", async (t) => {
  const parser = new ReplyParser();
  const half = Buffer.from("VALUE a 0 100\r\nhalf");
  parser.next(half, 0, half.length, values);
  parser.reset();
  const whole = Buffer.from("STORED\r\n");
  t.equal(parser.next(whole, 0, whole.length, line), replied.whole);
  t.equal(parser.values, 0);
});

const someReplies = fc.array(
  fc.oneof(
    fc.constantFrom(...REPLIES).map(([form, bytes, count = 0, failed = false]) => ({
      form,
      bytes,
      reply: { bytes, values: count, failed },
    })),
    fc.constantFrom(...QUIET).map(([bytes, told, count = 0, failed = false]) => ({
      form: metaQuiet as number,
      bytes,
      reply: { bytes: told, values: count, failed },
    })),
    fc
      .array(fc.string({ unit: fc.constantFrom(..."END\r\nVALUE 0"), maxLength: 40 }), { maxLength: 4 })
      .map((texts) => {
        const bytes = `${texts.map((text, i) => `VALUE k${i} 0 ${text.length}\r\n${text}\r\n`).join("")}END\r\n`;
        return { form: values as number, bytes, reply: { bytes, values: texts.length, failed: false } };
      }),
  ),
  { minLength: 1, maxLength: 12 },
);
const cutReplies = someReplies.chain((replies) => {
  const length = replies.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return fc.tuple(fc.constant(replies), randomCuts(length));
});

t.test("any replies behind each other, cut anywhere", async () => {
  fc.assert(
    fc.property(cutReplies, ([replies, cuts]) => {
      const stream = Buffer.from(replies.map(({ bytes }) => bytes).join(""), "latin1");
      assert.deepEqual(
        readReplies(
          cutAt(stream, cuts),
          replies.map(({ form }) => form),
        ),
        replies.map(({ reply }) => reply),
      );
    }),
    { numRuns: 3_000 },
  );
});
