import type { ConformanceCase, ServerReaction } from "../conformance-case.ts";
import { statusOf, valuesOf } from "../http-message.ts";
import { finals, interims, type Seen } from "../seen.ts";
import { answer, answered, closed, exchange, interim, okAnswer, replies, request, send } from "../steps.ts";
import { orDisaster, orRefused } from "../verdicts.ts";

const group = "Interim answers";

function interimVerdict(status: number): (seen: Seen) => string {
  return orRefused((seen) =>
    interims(seen).some((answer) => statusOf(answer) === status) ? "passes on" : "drops",
  );
}

const upload = request("POST /x", ["Content-Length: 5", "Expect: 100-continue"]);

/** Asks for the body as soon as the head is there. */
const continues: readonly ServerReaction[] = [
  { on: "head", ifField: "expect", send: answer("100 Continue") },
  { on: "message", send: okAnswer },
];

function continueVerdict(seen: Seen): string {
  const [first] = seen.requests;
  if (first?.body !== "hello") return "LOSES THE BODY";
  return valuesOf(first, "expect").length > 0 && interims(seen).length > 0 ? "passes on" : "answers itself";
}

function refusedBodyVerdict(seen: Seen): string {
  if (interims(seen).length > 0) return "answers itself";
  return statusOf(finals(seen)[0]) === 417 ? "passes on" : "loses";
}

export const interimCases: readonly ConformanceCase[] = [
  {
    group,
    row: "103 Early Hints",
    rule: "RFC 8297",
    client: exchange(request("GET /x")),
    server: replies(`${answer("103 Early Hints", ["Link: </a.css>; rel=preload"])}${okAnswer}`),
    judge: interimVerdict(103),
    good: ["passes on"],
  },
  {
    group,
    row: "another 1xx",
    rule: "RFC 9110 15.2",
    client: exchange(request("GET /x")),
    server: replies(`${answer("102 Processing")}${answer("102 Processing")}${okAnswer}`),
    judge: interimVerdict(102),
    good: ["passes on"],
  },
  {
    group,
    row: "an unasked 100",
    rule: "RFC 9110 15.2.1",
    client: exchange(request("GET /x")),
    server: replies(`${answer("100 Continue")}${okAnswer}`),
    judge: interimVerdict(100),
    good: ["passes on", "drops"],
  },
  {
    group,
    row: "103 for a client of HTTP/1.0",
    rule: "RFC 9110 15.2",
    client: [...exchange("GET /x HTTP/1.0\r\nHost: app.test\r\n\r\n"), closed],
    server: replies(`${answer("103 Early Hints")}${okAnswer}`),
    judge: interimVerdict(103),
    good: ["drops"],
  },
  {
    group,
    row: "Expect: 100-continue",
    variant: "the server wants the body",
    rule: "RFC 9110 10.1.1",
    client: [send(upload), interim, send("hello"), answered()],
    server: [continues],
    judge: orRefused(continueVerdict),
    good: ["passes on"],
  },
  {
    group,
    row: "Expect: 100-continue",
    variant: "the server does not",
    rule: "RFC 9110 10.1.1",
    client: [send(upload), interim, answered()],
    server: [
      [
        {
          on: "head",
          send: answer("417 Expectation Failed", ["Content-Length: 0", "Connection: close"]),
          close: true,
        },
      ],
    ],
    judge: orDisaster(refusedBodyVerdict),
    good: ["passes on"],
  },
];
