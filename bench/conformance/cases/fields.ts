import type { ConformanceCase } from "../conformance-case.ts";
import { exchange, provoke, repliesOk, request } from "../steps.ts";
import { keptFields, orRefused, refused } from "../verdicts.ts";

const group = "Fields";
const server = repliesOk;

/** Fields that must reach the server as they are. */
const kept = ["X-One: 1", "x-TWO: 2", "X-One: 3", "X-Empty:", "X-Latin: caf\xe9 \x80", "X-One: 4, 5"];

/** Lines that are no fields; what is not framed by them may also be taken off or made clean. */
const brokenFields: readonly (readonly [row: string, lines: string, offence: string])[] = [
  ["an obs-fold", "X-A: a\r\n b", "a\r\n b"],
  ["NUL in a value", "X-A: a\0b", "a\0b"],
  ["a lone CR in a value", "X-A: a\rb", "a\rb"],
  ["a line without a colon", "no colon", "no colon"],
  ["an empty name", ": b", "\r\n: b"],
  ["a space in a name", "X A: b", "X A:"],
  ["a control character in a name", "X\x01A: b", "X\x01A"],
];

/** Heads whose Host is not one valid value. */
const brokenHosts: readonly (readonly [row: string, lines: string, offence: RegExp])[] = [
  ["several Hosts", "Host: a.test\r\nHost: b.test", /host: [ab]\.test/i],
  ["no Host", "X-A: b", /GET/],
  ["an invalid Host", "Host: a b", /a b/],
];

export const fieldCases: readonly ConformanceCase[] = [
  {
    group,
    row: "case, order, repetition and bytes above 0x7f",
    rule: "RFC 9110 5.3",
    client: exchange(request("GET /x", kept)),
    server,
    judge: orRefused(({ requests: [first] }) => keptFields(first, kept)),
    good: ["passes on", "changes case"],
  },
  {
    group,
    row: "lines that end in a lone LF",
    rule: "RFC 9112 2.2",
    client: provoke("GET /x HTTP/1.1\nHost: app.test\nX-A: b\n\n"),
    server,
    judge: refused(/[^\r]\n/),
    good: ["refuses", "repairs"],
  },
  {
    group,
    row: "white space before a colon",
    rule: "RFC 9112 5.1",
    client: provoke(request("GET /x", ["X-A : b"])),
    server,
    judge: refused("X-A :"),
    good: ["refuses"],
  },
  {
    group,
    row: "white space before the first field",
    rule: "RFC 9112 2.2",
    client: provoke("GET /x HTTP/1.1\r\n X-A: b\r\nHost: app.test\r\n\r\n"),
    server,
    judge: refused(" X-A"),
    good: ["refuses", "repairs"],
  },
  ...brokenFields.map(([row, lines, offence]): ConformanceCase => {
    return {
      group,
      row,
      rule: "RFC 9110 5.5, RFC 9112 5",
      client: provoke(request("GET /x", [lines])),
      server,
      judge: refused(offence),
      good: ["refuses", "repairs"],
    };
  }),
  ...brokenHosts.map(([row, lines, offence]): ConformanceCase => {
    return {
      group,
      row,
      rule: "RFC 9112 3.2",
      client: provoke(`GET /x HTTP/1.1\r\n${lines}\r\n\r\n`),
      server,
      judge: refused(offence),
      good: ["refuses"],
    };
  }),
  {
    group,
    row: "a head of 200 KB",
    rule: "RFC 6585 5",
    client: provoke(
      request(
        "GET /x",
        Array.from({ length: 200 }, (_, i) => `X-${i}: ${"v".repeat(1000)}`),
      ),
    ),
    server,
    judge: refused("X-0"),
    good: ["refuses"],
  },
];
