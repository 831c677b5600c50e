// Does the parser find the end of each reply, however the bytes are cut, and refuse what is no answer to the request?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { replyForm } from "../../src/memcache/reply-form.ts";
import { maxReplyLine, maxStatLines, ReplyParser, replied } from "../../src/memcache/reply-parser.ts";
import { cutAt, randomCuts } from "../support/random-cuts.ts";

interface Reply {
  readonly bytes: string;
  readonly values: number;
  readonly failed: boolean;
}

/** Which replies a request can get, and what they are held against. */
type Request = readonly [form: number, asked: string];

/** The replies to these requests in a stream that comes in pieces, as a connection reads them; "garbage" from there on. */
function readReplies(pieces: readonly Buffer[], requests: readonly Request[]): (Reply | "garbage")[] {
  const parser = new ReplyParser();
  for (const [, asked] of requests) parser.asked.appendLatin1(asked);
  const replies: (Reply | "garbage")[] = [];
  let unread = Buffer.alloc(0);
  let reply = "";
  let inReply = false;
  for (const piece of pieces) {
    unread = Buffer.concat([unread, piece]);
    // As in a buffer that is read into again and again: what follows is of an earlier read, and looks as if it went on.
    const buffer = Buffer.concat([unread, Buffer.from("1\r\nEND\r\nVALUE a 0 1\r\nx\r\nEND\r\n")]);
    const { length } = unread;
    let start = 0;
    while (start < length) {
      if (!inReply) parser.begin();
      inReply = true;
      const request = requests[replies.length];
      if (request === undefined) throw new Error(`more than was asked for: ${unread.subarray(start)}`);
      const [form, asked] = request;
      const state = parser.next(buffer, start, length, form, asked.length);
      if (state === replied.garbage) return [...replies, "garbage"];
      const end = state === replied.whole ? parser.replyEnd : parser.at;
      assert.ok(start <= end && end <= parser.at && parser.at <= length);
      reply += buffer.toString("latin1", start, end);
      start = parser.at;
      if (state === replied.partial) break;
      parser.asked.drop(asked.length);
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
  requests: readonly Request[],
  expected: readonly (Reply | "garbage")[],
): void {
  const bytes = Buffer.from(stream, "latin1");
  const byByte = Array.from({ length: Math.max(0, bytes.length - 1) }, (_, i) => i + 1);
  for (const cuts of [[], byByte]) assert.deepEqual(readReplies(cutAt(bytes, cuts), requests), expected);
}

const { stored, cas, number, deleted, touched, ok, slabs, sizes, version } = replyForm;
const { values, valuesCas, stats, mg, ms, md, ma, me, quiet } = replyForm;

const ALL: readonly Request[] = [
  ...[stored, cas, number, deleted, touched, ok, slabs, sizes, version, stats].map(
    (form): Request => [form, ""],
  ),
  [values, "a"],
  [valuesCas, "a b"],
  ...[mg, ma].map((form): Request => [form, "a v"]),
  ...[ms, md, me].map((form): Request => [form, "a"]),
  ...[mg, ms, md, ma].map((form): Request => [form | quiet, "a"]),
];

/** A server that does not know such a command runs its value. */
const WITH_VALUE: ReadonlySet<number> = new Set([stored, cas, ms, ms | quiet]);

/** Requests, replies to them, and what each counts. */
const REPLIES: readonly (readonly [request: Request, bytes: string, values?: number, failed?: boolean])[] = [
  ...(
    [
      [stored, "STORED", "NOT_STORED"],
      [cas, "STORED", "EXISTS", "NOT_FOUND", "NOT_STORED"],
      [number, "0", "18446744073709551615", "NOT_FOUND"],
      [deleted, "DELETED", "NOT_FOUND"],
      [touched, "TOUCHED", "NOT_FOUND"],
      [ok, "OK"],
      [slabs, "OK", "BUSY currently processing reassign request", "SAME source and destination are the same"],
      [sizes, "OK", "STAT sizes_status enabled"],
      [version, "VERSION 1.4.39"],
    ] as const
  ).flatMap(([form, ...lines]) => lines.map((line) => [[form, ""], `${line}\r\n`] as const)),
  ...ALL.filter(([form]) => form < quiet).flatMap((request) =>
    [
      ...(WITH_VALUE.has(request[0]) ? [] : ["ERROR"]),
      "ERROR Too many open connections",
      "CLIENT_ERROR bad data chunk",
      "SERVER_ERROR out of memory",
      "SERVER_ERROR",
    ].map((words) => [request, `${words}\r\n`, 0, true] as const),
  ),
  [[values, "a"], "END\r\n"],
  [[values, "a"], "VALUE a 0 0\r\n\r\nEND\r\n", 1],
  [[valuesCas, "a"], "VALUE a 4294967295 3 18446744073709551615\r\nabc\r\nEND\r\n", 1],
  [[values, "a b"], "VALUE a 0 5\r\nEND\r\n\r\nVALUE b 0 10\r\nVALUE c 0 \r\nEND\r\n", 2],
  [[values, "a b ab b"], "VALUE a 0 1\r\nx\r\nVALUE b 0 1\r\ny\r\nVALUE b 0 1\r\ny\r\nEND\r\n", 3],
  [[values, "aa a aaa b"], "VALUE a 0 1\r\nx\r\nVALUE b 0 1\r\ny\r\nEND\r\n", 2],
  [[values, "a b c"], "VALUE c 0 1\r\nx\r\nEND\r\n", 1],
  [[values, "a a a"], "VALUE a 0 1\r\nx\r\nVALUE a 0 1\r\nx\r\nEND\r\n", 2],
  [[values, "a\x01\t"], "VALUE a\x01\t 0 2\r\n\r\n\r\nEND\r\n", 1],
  [[values, "VALUE END"], "VALUE END 0 1\r\nx\r\nEND\r\n", 1],
  [[values, "abcdefgh abcdefgh"], "VALUE abcdefgh 0 1\r\nx\r\nVALUE abcdefgh 0 1\r\nx\r\nEND\r\n", 2],
  [[values, "abcdef 0 100"], `VALUE abcdef 0 100\r\n${"x".repeat(100)}\r\nEND\r\n`, 1],
  [[values, "abcdefg abcdefgh a"], "VALUE abcdefgh 0 1\r\nx\r\nVALUE a 0 1\r\nx\r\nEND\r\n", 2],
  [[values, "a b"], "VALUE a 0 1\r\nx\r\nSERVER_ERROR half way\r\n", 1, true],
  [[values, "k".repeat(250)], `VALUE ${"k".repeat(250)} 0 300\r\n${"\n".repeat(300)}\r\nEND\r\n`, 1],
  [[mg, "a"], "HD\r\n", 1],
  [[mg, "a s t k"], "HD s5 t-1 ka\r\n", 1],
  [[mg, "a v"], "EN\r\n"],
  [[mg, "a k Oabc"], "EN\r\n"],
  [[mg, "a k Oabc"], "EN ka Oabc\r\n"],
  [[md, "a Oabc"], "NF Oabc\r\n"],
  [[ms, "a 1 k O"], "NS ka O\r\n"],
  [[ms, "a 1 k c"], "HD ka c77\r\n", 1],
  [[md, "a C5"], "EX\r\n"],
  [[mg, "a v"], "VA 0\r\n\r\n", 1],
  [[ma, "a N0 v O1"], "VA 2 O1\r\n12\r\n", 1],
  [[mg, "a s v f"], "VA 6 s6 f0 X W\r\nHD\r\nMN\r\n", 1],
  // Base64: as it was asked for, in another form, as it was stored.
  [[mg, "YQ== b k v"], "VA 1 kYQ== b\r\nx\r\n", 1],
  [[mg, "YR== b k v"], "VA 1 kYQ== b\r\nx\r\n", 1],
  [[mg, "YQ== b k v"], "VA 1 ka\r\nx\r\n", 1],
  [[mg, "a k v"], "VA 1 kYQ== b\r\nx\r\n", 1],
  [[me, "a"], "ME a exp=-1 la=2 cas=3 fetch=no cls=1 size=60\r\n"],
  [[me, "a"], "ME YQ== exp=-1\r\n"],
  [[me, "YQ== b"], "ME YQ== exp=-1\r\n"],
  [[me, "YQ== b"], "ME a exp=-1\r\n"],
  [[stats, ""], "END\r\n"],
  [[stats, ""], "STAT a 1\r\nSTAT b END\r\nEND\r\n"],
  [[stats, ""], "PREFIX a get 1 hit 1 set 1 del 0\r\nEND\r\n"],
  [[stats, ""], "ITEM a [1 b; 0 s]\r\nEND\r\n"],
  [[stats, ""], "OK\r\n"],
  [[stats, ""], "RESET\r\n"],
];

for (const [request, bytes, count = 0, failed = false] of REPLIES) {
  t.test(`${request}: ${JSON.stringify(bytes.slice(0, 60))}`, async () => {
    const reply = { bytes, values: count, failed };
    expectReplies(bytes, [request], [reply]);
    expectReplies(bytes + bytes, [request, request], [reply, reply]);
    expectReplies(bytes.slice(0, -1), [request], []);
  });
}

/** What a quiet meta command and the no-op behind it get, and what of it is for the client. */
const QUIET: readonly (readonly [
  request: Request,
  bytes: string,
  told: string,
  values?: number,
  failed?: boolean,
])[] = [
  [[mg | quiet, "a v q k"], "MN\r\n", ""],
  [[ms | quiet, "a 1 q"], "HD\r\nMN\r\n", "HD\r\n", 1],
  [[mg | quiet, "a v q"], "VA 4\r\nMN\r\n\r\nMN\r\n", "VA 4\r\nMN\r\n\r\n", 1],
  [[ms | quiet, "a 1 q ME"], "NS\r\nMN\r\n", "NS\r\n"],
  [[ma | quiet, "a q k"], "NF ka\r\nMN\r\n", "NF ka\r\n"],
  [[md | quiet, "a q !"], "CLIENT_ERROR invalid flag\r\nMN\r\n", "CLIENT_ERROR invalid flag\r\n", 0, true],
  [
    [ms | quiet, "a 9 q"],
    "SERVER_ERROR object too large for cache\r\nMN\r\n",
    "SERVER_ERROR object too large for cache\r\n",
    0,
    true,
  ],
];

for (const [request, bytes, told, count = 0, failed = false] of QUIET) {
  t.test(`quiet: ${JSON.stringify(bytes)}`, async () => {
    const reply = { bytes: told, values: count, failed };
    expectReplies(bytes, [request], [reply]);
    expectReplies(
      `${bytes}STORED\r\n${bytes}`,
      [request, [stored, ""], request],
      [reply, { bytes: "STORED\r\n", values: 0, failed: false }, reply],
    );
  });
}

const GARBAGE: readonly (readonly [request: Request, bytes: string])[] = [
  ...ALL.flatMap((request) =>
    [
      "\r\n",
      "\n",
      "hello\r\n",
      "\0\0\0\0\n",
      "HTTP/1.1 400 Bad Request\r\n",
      "\x81\0\0\0\n",
      "ERRORS\r\n",
      "SERVER_ERROR\n",
      "CLIENT_ERRORS found\r\n",
    ].map((bytes) => [request, bytes] as const),
  ),
  // What another command gets: each request but those whose replies it is one of.
  ...(
    [
      ["STORED\r\n", stored, cas],
      ["NOT_STORED\r\n", stored, cas],
      ["EXISTS\r\n", cas],
      ["NOT_FOUND\r\n", cas, number, deleted, touched],
      ["12\r\n", number],
      ["DELETED\r\n", deleted],
      ["TOUCHED\r\n", touched],
      ["OK\r\n", ok, slabs, sizes, stats],
      ["VERSION 1\r\n", version],
      ["END\r\n", values, valuesCas, stats],
      ["MN\r\n", mg | quiet, ms | quiet, md | quiet, ma | quiet],
      ["VALUE a 0 1\r\nx\r\nEND\r\n", values],
      ["VALUE a 0 1 2\r\nx\r\nEND\r\n", valuesCas],
      ["VA 1\r\n1\r\nMN\r\n", mg, ma],
    ] as const
  ).flatMap(([bytes, ...fitting]) =>
    ALL.filter(([form]) => !(fitting as readonly number[]).includes(form)).map(
      (request) => [request, bytes] as const,
    ),
  ),
  // Values that nobody asked for, in another order, more of them than keys.
  [[values, "a"], "VALUE b 0 1\r\nx\r\nEND\r\n"],
  [[values, "a"], "VALUE aa 0 1\r\nx\r\nEND\r\n"],
  [[values, "aa"], "VALUE a 0 1\r\nx\r\nEND\r\n"],
  [[values, "a"], "VALUE  0 1\r\nx\r\nEND\r\n"],
  [[values, "a b"], "VALUE a b 0 1\r\nx\r\nEND\r\n"],
  [[values, "a b"], "VALUE b 0 1\r\nx\r\nVALUE a 0 1\r\n"],
  [[values, "a"], "VALUE a 0 1\r\nx\r\nVALUE a 0 1\r\n"],
  [[values, "a b"], "VALUE a 0 1\r\nx\r\nVALUE b 0 1\r\ny\r\nVALUE b 0 1\r\n"],
  [[values, `${"k".repeat(100)}1 ${"k".repeat(100)}2`], "VALUE x 0 1\r\n1\r\n"],
  [[values, "a"], "VALUE a 0\r\n"],
  [[values, "a"], "VALUE a 0 x\r\n"],
  [[values, "a"], "VALUE a x 1\r\n"],
  [[values, "a"], "VALUE a  1\r\n"],
  [[values, "a"], "VALUE a 0 \r\n"],
  [[values, "a"], "VALUE a 0 1 \r\n"],
  [[values, "a"], "VALUE a 0 1\n"],
  [[valuesCas, "a"], "VALUE a 0 1 \r\n"],
  [[valuesCas, "a"], "VALUE a 0 1 x\r\n"],
  [[values, "a"], "VALUE a 0 -1\r\n"],
  [[values, "a"], "VALUE a 0 4294967293\r\n"],
  [[values, "a"], "VALUE a 0 99999999999999999999\r\n"],
  [[values, "a"], "VALUE a 0 1\r\nxyz\r\nEND\r\n"],
  [[values, "a"], "VALUE a 0 3\r\nx\r\nEND\r\n"],
  [[values, "a"], "VALUE a 0 1\r\nx\n\r"],
  [[values, "a"], "VALUE a 0 1\r\nx\r\nEND\n"],
  [[values, "a"], "END \r\n"],
  [[values, "a"], "VA 1\r\nx\r\n"],
  [[number, ""], "184467440737095516150\r\n"],
  [[number, ""], "1 \r\n"],
  [[number, ""], "-1\r\n"],
  [[stored, ""], "STORED \r\n"],
  [[mg, "a v"], "VA\r\n"],
  [[mg, "a v"], "VA x\r\n"],
  [[mg, "a v"], "VA  1\r\n"],
  [[mg, "a v"], "VA 4294967293\r\n"],
  [[mg, "a v"], "VA 1\r\nxyz\r\n"],
  [[mg, "a v"], "HD\r\n"],
  [[mg, "a"], "VA 1\r\nx\r\n"],
  [[mg, "a"], "NF\r\n"],
  [[mg, "a"], "HDX\r\n"],
  [[md, "a"], "NS\r\n"],
  [[me, "a"], "ME b exp=-1\r\n"],
  [[me, "a"], "ME\r\n"],
  [[me, "a"], "HD\r\n"],
  // Key and opaque: another's, none, one that was not asked for.
  [[mg, "a k v"], "VA 1 kb\r\n"],
  [[mg, "a k v"], "VA 1 kaa\r\n"],
  [[mg, "a k v"], "VA 1\r\n"],
  [[mg, "a O1 v"], "VA 1 O2\r\n"],
  [[mg, "a O1 v"], "VA 1 O11\r\n"],
  [[mg, "a O1 v"], "VA 1\r\n"],
  [[mg, "a v"], "VA 1 O1\r\n"],
  [[mg, "a v"], "VA 1 kb\r\n"],
  [[mg, "a O1 k"], "EN O2\r\n"],
  [[mg, "a O1 k"], "EN O1 kb\r\n"],
  [[md, "a O1"], "NF\r\n"],
  [[ms, "a 1 k"], "HD kb\r\n"],
  [[ms | quiet, "a 1 k q"], "NS kb\r\nMN\r\n"],
  [[ms | quiet, "a 1 q"], "HD\r\nHD\r\n"],
  [[md | quiet, "a q"], "ERROR\r\nERROR\r\n"],
  ...[...WITH_VALUE].map((form) => [[form, "a 1"], "ERROR\r\n"] as const),
  [[mg | quiet, "a v q"], "VA 1\r\nx\r\nVA 1\r\n"],
  [[stats, ""], "STAT a 1\r\nHD\r\n"],
  [[stats, ""], "STAT a 1\r\nOK\r\n"],
];

for (const [request, bytes] of GARBAGE) {
  t.test(`garbage for ${request}: ${JSON.stringify(bytes)}`, async () => {
    const whole = readReplies([Buffer.from(bytes, "latin1")], [request]);
    t.same(whole, ["garbage"]);
    const byByte = Array.from(Buffer.from(bytes, "latin1"), (byte) => Buffer.of(byte));
    t.same(readReplies(byByte, [request]), ["garbage"]);
  });
}

t.test("a line that does not end", async (t) => {
  for (const [form] of ALL) {
    const parser = new ReplyParser();
    const endless = Buffer.alloc(maxReplyLine + 1, "S");
    t.equal(parser.next(endless, 0, maxReplyLine, form, 0), replied.partial);
    t.equal(parser.next(endless, 0, maxReplyLine + 1, form, 0), replied.garbage);
  }
});

t.test("stats that do not end", async (t) => {
  const lines = Buffer.from("STAT a 1\r\n".repeat(maxStatLines + 1));
  const parser = new ReplyParser();
  const most = lines.length - "STAT a 1\r\n".length;
  t.equal(parser.next(lines, 0, most, stats, 0), replied.partial);
  t.equal(parser.next(lines, most, lines.length, stats, 0), replied.garbage);
});

t.test("a value of any length in any pieces, of which none is looked at twice", async (t) => {
  const parser = new ReplyParser();
  parser.begin();
  parser.asked.appendLatin1("a");
  const head = Buffer.from("VALUE a 0 2147483645\r\n");
  t.equal(parser.next(head, 0, head.length, values, 1), replied.partial);
  t.equal(parser.at, head.length);
  const piece = Buffer.alloc(1 << 20, "\n");
  let left = 2147483645;
  while (left >= piece.length) {
    t.equal(parser.next(piece, 0, piece.length, values, 1), replied.partial);
    if (parser.at !== piece.length) t.fail("does not go on");
    left -= piece.length;
  }
  const tail = Buffer.concat([piece.subarray(0, left), Buffer.from("\r\nEND\r\n")]);
  t.equal(parser.next(tail, 0, tail.length, values, 1), replied.whole);
  t.equal(parser.values, 1);
  parser.reset();
});

t.test("after a loss it begins again, with nothing asked", async (t) => {
  const parser = new ReplyParser();
  const half = Buffer.from("VALUE a 0 100\r\nhalf");
  parser.asked.appendLatin1("a");
  parser.next(half, 0, half.length, values, 1);
  parser.reset();
  t.equal(parser.asked.length, 0);
  const whole = Buffer.from("STORED\r\n");
  t.equal(parser.next(whole, 0, whole.length, stored, 0), replied.whole);
  t.equal(parser.values, 0);
});

const someReplies = fc.array(
  fc.oneof(
    fc.constantFrom(...REPLIES).map(([request, bytes, count = 0, failed = false]) => ({
      request,
      bytes,
      reply: { bytes, values: count, failed },
    })),
    fc.constantFrom(...QUIET).map(([request, bytes, told, count = 0, failed = false]) => ({
      request,
      bytes,
      reply: { bytes: told, values: count, failed },
    })),
    fc
      .array(
        fc.tuple(fc.boolean(), fc.string({ unit: fc.constantFrom(..."END\r\nVALUE 0"), maxLength: 40 })),
        { minLength: 1, maxLength: 6 },
      )
      .map((keys) => {
        const found = keys.flatMap(([there, text], i) =>
          there ? `VALUE k${i} 0 ${text.length}\r\n${text}\r\n` : [],
        );
        const bytes = `${found.join("")}END\r\n`;
        const request: Request = [values, keys.map((_, i) => `k${i}`).join(" ")];
        return { request, bytes, reply: { bytes, values: found.length, failed: false } };
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
          replies.map(({ request }) => request),
        ),
        replies.map(({ reply }) => reply),
      );
    }),
    { numRuns: 3_000 },
  );
});
