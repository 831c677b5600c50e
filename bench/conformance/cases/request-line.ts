import { type ConformanceCase, sense } from "../conformance-case.ts";
import { targetOf, valuesOf } from "../http-message.ts";
import { received, type Seen } from "../seen.ts";
import { exchange, provoke, repliesOk, request } from "../steps.ts";
import { orDisaster, orRefused, refused } from "../verdicts.ts";

const group = "Request line";
const server = repliesOk;

const path = "/a//b/../c/./%2e%2e/%7E;v=1?q=a//b&r=%2F";

/** What the server saw for the target that the client sent. */
function targetVerdict(sent: string): (seen: Seen) => string {
  return orRefused(({ requests: [first] }) => (targetOf(first) === sent ? "passes on" : "rewrites"));
}

function absoluteFormVerdict(seen: Seen): string {
  const [first] = seen.requests;
  if (targetOf(first) !== "/x?y=1") return "passes on";
  return valuesOf(first, "host").join() === "other.test" ? "repairs" : "wrong Host";
}

/** First lines that no server should take. */
const brokenLines: readonly (readonly [variant: string, line: string, offence: string])[] = [
  ["a space in the target", "GET /a b HTTP/1.1", "/a b"],
  ["a control character in the target", "GET /a\x01b HTTP/1.1", "\x01"],
  ["NUL in the target", "GET /a\0b HTTP/1.1", "\0"],
  ["a method that is no token", "GE(T /x HTTP/1.1", "GE(T"],
  ["HTTP/2.0", "GET /x HTTP/2.0", "HTTP/2.0"],
  ["HTTP/1.11", "GET /x HTTP/1.11", "HTTP/1.11"],
  ["no target", "GET HTTP/1.1", "GET HTTP"],
];

export const requestLineCases: readonly ConformanceCase[] = [
  {
    group,
    row: `path \`${path.split(";")[0]}\``,
    rule: "RFC 9110 7.7",
    client: exchange(request(`GET ${path}`)),
    server,
    judge: targetVerdict(path),
    good: ["passes on"],
  },
  {
    group,
    row: "absolute form, with another Host",
    rule: "RFC 9112 3.2.2",
    client: exchange(request("GET http://other.test/x?y=1")),
    server,
    judge: orRefused(absoluteFormVerdict),
    good: ["repairs"],
  },
  {
    group,
    row: "`OPTIONS *`",
    rule: "RFC 9112 3.2.4",
    client: exchange(request("OPTIONS *")),
    server,
    judge: targetVerdict("*"),
    good: ["passes on"],
  },
  {
    group,
    row: "CONNECT that is not allowed",
    rule: sense,
    client: provoke("CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n"),
    server,
    judge: refused("CONNECT"),
    good: ["refuses", "cuts off"],
  },
  {
    group,
    row: "an empty line before the request",
    rule: "RFC 9112 2.2",
    client: exchange(`\r\n${request("GET /x")}`),
    server,
    judge: targetVerdict("/x"),
    good: ["passes on"],
  },
  {
    group,
    row: "two spaces after the method",
    rule: "RFC 9112 3",
    client: provoke(request("GET  /x")),
    server,
    judge: refused("GET  /x"),
    good: ["refuses", "repairs"],
  },
  ...brokenLines.map(([variant, line, offence]): ConformanceCase => {
    return {
      group,
      row: "a broken first line",
      variant,
      rule: "RFC 9112 3",
      client: provoke(`${line}\r\nHost: app.test\r\n\r\n`),
      server,
      judge: refused(offence),
      good: ["refuses"],
    };
  }),
  {
    group,
    row: "what follows a refused request",
    rule: "RFC 9112 6.3",
    client: provoke(`GET /x HTTP/1.1\r\nHost : app.test\r\nno colon\r\n\r\n${request("GET /next")}`),
    server,
    judge: orDisaster((seen) => (received(seen).includes("/next") ? "PROCESSES" : "drops")),
    good: ["drops"],
  },
];
