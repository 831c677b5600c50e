import { type ConformanceCase, sense } from "../conformance-case.ts";
import { statusOf, valuesOf } from "../http-message.ts";
import { finals, type Seen } from "../seen.ts";
import { answer, answered, closed, exchange, okAnswer, replies, request, send, until } from "../steps.ts";
import { answerRefused, keptFields, orDisaster, orRefused } from "../verdicts.ts";

const group = "Answers";
const get = exchange(request("GET /x"));

/** The first answer, whether its end has come or not. */
const firstAnswer = (seen: Seen) => seen.answers.find((answer) => statusOf(answer) >= 200);

/** A body that breaks off: the client must be able to tell. */
function truncationVerdict(seen: Seen): string {
  const first = firstAnswer(seen);
  if (statusOf(first) >= 500) return "refuses";
  if (first?.complete) return "HIDES IT";
  return seen.closed ? "cuts off" : "HANGS";
}

const truncated: readonly (readonly [row: string, fields: readonly string[], body: string])[] = [
  ["a body shorter than its Content-Length", ["Content-Length: 100"], "hello"],
  ["a chunked body without its end", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n"],
];

const kept = ["Set-Cookie: a=1; Path=/", "X-Own: 1", "set-cookie: b=2", "Set-Cookie: c=3"];

function keptVerdict(seen: Seen): string {
  const [first] = finals(seen);
  return first?.startLine === "HTTP/1.1 299 Odd but true" ? keptFields(first, kept) : "changes the status";
}

/** Answers that no proxy should hand on as they are. */
const broken: readonly (readonly [
  row: string,
  rule: string,
  good: readonly string[],
  answer: string,
  offence: (seen: Seen) => boolean,
])[] = [
  [
    "several Content-Lengths that differ",
    "RFC 9112 6.3",
    ["refuses"],
    answer("200 OK", ["Content-Length: 5", "Content-Length: 2"], "hello"),
    (seen) => valuesOf(firstAnswer(seen), "content-length").length > 0,
  ],
  [
    "Transfer-Encoding and Content-Length",
    "RFC 9112 6.3",
    ["refuses", "repairs"],
    answer("200 OK", ["Content-Length: 3", "Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n"),
    (seen) => valuesOf(firstAnswer(seen), "content-length").length > 0 || firstAnswer(seen)?.body !== "hello",
  ],
  [
    "an obs-fold",
    "RFC 9112 5.2",
    ["refuses", "repairs"],
    answer("200 OK", ["Content-Length: 2", "X-A: a\r\n b"], "ok"),
    (seen) => firstAnswer(seen)?.fields.some(([name]) => name === " b") ?? false,
  ],
  [
    "NUL in a value",
    "RFC 9110 5.5",
    ["refuses", "repairs"],
    answer("200 OK", ["Content-Length: 2", "X-A: a\0b"], "ok"),
    (seen) => valuesOf(firstAnswer(seen), "x-a").join().includes("\0"),
  ],
  [
    "no HTTP at all",
    "RFC 9110 15.6.3",
    ["refuses"],
    "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    (seen) => seen.answers.length > 0,
  ],
  [
    "101 that nobody asked for",
    "RFC 9110 15.2.2",
    ["refuses"],
    answer("101 Switching Protocols", ["Connection: Upgrade", "Upgrade: websocket"]),
    (seen) => seen.answers.some((answer) => statusOf(answer) === 101),
  ],
];

/** A 101 makes a tunnel: whatever comes next is taken for the server's. */
function brokenVerdict(offence: (seen: Seen) => boolean): (seen: Seen) => string {
  const judge = answerRefused(offence);
  return (seen) => (seen.answers.some((answer) => statusOf(answer) === 101) ? "OPENS A TUNNEL" : judge(seen));
}

const poison = answer("200 OK", ["Content-Length: 6", "X-Target: /poison"], "poison");

function poisonVerdict(seen: Seen): string {
  const targets = finals(seen).flatMap((answer) => valuesOf(answer, "x-target"));
  if (targets.includes("/poison")) return "MIXES UP";
  return targets[1] === "/second" || seen.closed ? "drops" : "loses";
}

function headVerdict(seen: Seen): string {
  const [first] = finals(seen);
  if (first !== undefined && (first.body !== "" || seen.answers.length > 1)) return "SENDS A BODY";
  return valuesOf(first, "content-length").join() === "1000" ? "passes on" : "loses the length";
}

/** No body, and none announced. */
function emptyVerdict(etag: string): (seen: Seen) => string {
  return orRefused((seen) => {
    const [first, ...more] = seen.answers;
    if (more.length > 0 || valuesOf(first, "transfer-encoding").length > 0) return "SENDS A BODY";
    return valuesOf(first, "etag").join() === etag ? "passes on" : "loses";
  });
}

export const answerCases: readonly ConformanceCase[] = [
  {
    group,
    row: "status, reason, order and repetition of fields",
    rule: "RFC 9110 5.3",
    client: get,
    server: replies(answer("299 Odd but true", ["Content-Length: 2", ...kept], "ok")),
    judge: orRefused(keptVerdict),
    good: ["passes on", "changes case"],
  },
  {
    group,
    row: "trailers",
    rule: "RFC 9110 6.5",
    client: exchange(request("GET /x", ["TE: trailers", "Connection: TE"])),
    server: replies(
      answer(
        "200 OK",
        ["Transfer-Encoding: chunked", "Trailer: X-Sum"],
        "5\r\nhello\r\n0\r\nX-Sum: 17\r\n\r\n",
      ),
    ),
    judge: orRefused((seen) => ((firstAnswer(seen)?.trailers.length ?? 0) > 0 ? "passes on" : "drops")),
    good: ["passes on"],
  },
  ...truncated.map(([row, fields, body]): ConformanceCase => {
    return {
      group,
      row,
      rule: "RFC 9112 8",
      client: [send(request("GET /x")), until((seen) => seen.closed || finals(seen).length > 0)],
      server: [[{ on: "message", send: answer("200 OK", fields, body), close: true }]],
      judge: orDisaster(truncationVerdict),
      good: ["cuts off", "refuses"],
    };
  }),
  {
    group,
    row: "a body that ends with the connection",
    rule: "RFC 9112 6.3",
    client: get,
    server: [[{ on: "message", send: "HTTP/1.0 200 OK\r\nX-A: b\r\n\r\nhello", close: true }]],
    judge: orRefused((seen) => (firstAnswer(seen)?.body === "hello" ? "passes on" : "loses")),
    good: ["passes on"],
  },
  {
    group,
    row: "the first part of a body, while the rest is yet to come",
    rule: sense,
    client: [send(request("GET /x")), until((seen) => seen.closed || firstAnswer(seen)?.body === "hello")],
    server: [[{ on: "message", send: answer("200 OK", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n") }]],
    judge: orDisaster((seen) => (firstAnswer(seen)?.body === "hello" ? "passes on" : "holds back")),
    good: ["passes on"],
  },
  {
    group,
    row: "an answer before the request's body is complete",
    rule: sense,
    client: exchange(request("POST /x", ["Content-Length: 1000"], "hello")),
    server: [
      [
        {
          on: "head",
          send: answer("413 Content Too Large", ["Content-Length: 0", "Connection: close"]),
          close: true,
        },
      ],
    ],
    judge: orDisaster((seen) => {
      if (statusOf(firstAnswer(seen)) === 413) return "passes on";
      return seen.requests.length === 0 ? "waits for the body" : "loses";
    }),
    good: ["passes on"],
  },
  {
    group,
    row: "HEAD: the length that GET would have",
    rule: "RFC 9110 9.3.2",
    client: exchange(request("HEAD /x")),
    server: replies(answer("200 OK", ["Content-Length: 1000"])),
    head: true,
    judge: orRefused(headVerdict),
    good: ["passes on"],
  },
  {
    group,
    row: "204 and 304 without a body",
    variant: "204",
    rule: "RFC 9112 6.3",
    client: [...get, closed],
    server: replies(answer("204 No Content", ['ETag: "a"'])),
    judge: emptyVerdict('"a"'),
    good: ["passes on"],
  },
  {
    group,
    row: "204 and 304 without a body",
    variant: "304",
    rule: "RFC 9112 6.3",
    client: [...get, closed],
    server: replies(answer("304 Not Modified", ['ETag: "a"', "Content-Length: 1000"])),
    judge: emptyVerdict('"a"'),
    good: ["passes on"],
  },
  ...broken.map(([row, rule, good, text, offence]): ConformanceCase => {
    return {
      group,
      row,
      rule,
      client: [send(request("GET /x")), until((seen) => seen.closed || seen.answers.length > 0), answered()],
      server: [[{ on: "message", send: text, close: true }]],
      judge: brokenVerdict(offence),
      good,
    };
  }),
  {
    group,
    row: "a second answer that nobody asked for",
    rule: "RFC 9112 9.2",
    client: [send(request("GET /first")), answered(), send(request("GET /second")), answered(2)],
    server: [[{ on: "message", send: `${okAnswer}${poison}` }], [{ on: "message", send: okAnswer }]],
    judge: orDisaster(poisonVerdict),
    good: ["drops"],
  },
  {
    group,
    row: "the server closes without an answer",
    rule: "RFC 9110 15.6.3",
    client: get,
    server: [[{ on: "message", close: true }]],
    judge: answerRefused(() => true),
    good: ["refuses"],
  },
];
