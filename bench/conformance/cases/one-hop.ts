import type { ConformanceCase } from "../conformance-case.ts";
import { type HttpMessage, valuesOf } from "../http-message.ts";
import { finals } from "../seen.ts";
import { answer, exchange, replies, repliesOk, request } from "../steps.ts";
import { orRefused } from "../verdicts.ts";

const group = "What is for one connection only";
const rule = "RFC 9110 7.6.1";

/** How much is left of fields, of which each is given with the value it had. */
function stripped(message: HttpMessage | undefined, fields: Readonly<Record<string, string>>): string {
  const wanted = Object.entries(fields);
  const left = wanted.filter(([name, value]) => valuesOf(message, name).join().includes(value));
  if (left.length === 0) return "strips";
  return left.length < wanted.length ? "strips some" : "passes on";
}

export const oneHopCases: readonly ConformanceCase[] = [
  {
    group,
    row: "request: a field that Connection names",
    rule,
    client: exchange(request("GET /x", ["Connection: x-hop, keep-alive", "X-Hop: 1"])),
    server: repliesOk,
    judge: orRefused(({ requests: [first] }) => stripped(first, { "x-hop": "1" })),
    good: ["strips"],
  },
  {
    group,
    row: "request: Keep-Alive, Proxy-Connection, TE",
    rule,
    client: exchange(
      request("GET /x", [
        "Connection: TE",
        "Keep-Alive: timeout=77",
        "Proxy-Connection: keep-alive",
        "TE: gzip",
      ]),
    ),
    server: repliesOk,
    judge: orRefused(({ requests: [first] }) =>
      stripped(first, { "keep-alive": "77", "proxy-connection": "keep-alive", te: "gzip" }),
    ),
    good: ["strips"],
  },
  {
    group,
    row: "request: Connection names what frames it",
    variant: "Content-Length",
    rule,
    client: exchange(
      request("POST /x", ["Connection: content-length, keep-alive", "Content-Length: 5"], "hello"),
    ),
    server: repliesOk,
    judge: orRefused(({ requests: [first] }) => (first?.body === "hello" ? "keeps" : "LOSES THE BODY")),
    good: ["keeps", "refuses"],
  },
  {
    group,
    row: "request: Connection names what frames it",
    variant: "Host",
    rule,
    client: exchange(request("GET /x", ["Connection: host, keep-alive"])),
    server: repliesOk,
    judge: orRefused(({ requests: [first] }) =>
      valuesOf(first, "host").join() === "app.test" ? "keeps" : "LOSES HOST",
    ),
    good: ["keeps", "refuses"],
  },
  {
    group,
    row: "request: `Upgrade: h2c`",
    rule: "RFC 9113 3.1",
    client: exchange(
      request("GET /x", [
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQAAP__",
      ]),
    ),
    server: repliesOk,
    judge: orRefused(({ requests: [first] }) =>
      stripped(first, { upgrade: "h2c" }) === "strips" ? "strips" : "OFFERS A TUNNEL",
    ),
    good: ["strips", "refuses"],
  },
  {
    group,
    row: "answer: Keep-Alive, Proxy-Connection, a field that Connection names",
    rule,
    client: exchange(request("GET /x")),
    server: replies(
      answer(
        "200 OK",
        [
          "Content-Length: 2",
          "Connection: x-hop, keep-alive",
          "X-Hop: 1",
          "Keep-Alive: timeout=77",
          "Proxy-Connection: keep-alive",
        ],
        "ok",
      ),
    ),
    judge: orRefused((seen) =>
      stripped(finals(seen)[0], { "keep-alive": "77", "proxy-connection": "keep-alive", "x-hop": "1" }),
    ),
    good: ["strips"],
  },
];
