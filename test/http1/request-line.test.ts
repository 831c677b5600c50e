// RFC 9112 section 3: are request lines and Host understood, and refused where another parser might see another target?
import t from "tap";
import type { ProblemCode } from "../../src/http1/head-problem.ts";
import { type FoundRequest, requestOf } from "./request-case.ts";

/** Request lines and what is found in them; `Host: a` follows. */
const LINES: readonly (readonly [line: string, found: FoundRequest | Omit<FoundRequest, "state">])[] = [
  [
    "GET / HTTP/1.1",
    { method: "GET", known: true, target: "/", form: "origin", path: "/", query: null, host: "a" },
  ],
  ["GET /a//b/../c?x=1?2&y HTTP/1.1", { path: "/a//b/../c", query: "x=1?2&y" }],
  ["GET /? HTTP/1.1", { path: "/", query: "" }],
  ["GET //b/c HTTP/1.1", { form: "origin", path: "//b/c", host: "a" }],
  ['GET /a|{}"<>^`\\ HTTP/1.1', { path: '/a|{}"<>^`\\' }],
  ["GET /\x80\xff?\xe9 HTTP/1.1", { path: "/\x80\xff", query: "\xe9" }],
  ["HEAD /%00 HTTP/1.0", { method: "HEAD", known: true, path: "/%00", minor: 0, keepAlive: false }],
  ["get / HTTP/1.1", { method: "get", known: false }],
  ["M-SEARCH / HTTP/1.1", { method: "M-SEARCH", known: false }],
  ["!#$%&'*+-.^_`|~09AZaz / HTTP/1.1", { known: false }],
  ["PATCHES / HTTP/1.1", { known: false }],
  ["CONNECT b:443 HTTP/1.1", { form: "authority", host: "b:443", hostName: "b", path: "", query: null }],
  ["CONNECT [::1]:443 HTTP/1.1", { form: "authority", host: "[::1]:443", hostName: "[::1]" }],
  ["OPTIONS * HTTP/1.1", { form: "asterisk", path: "*", host: "a" }],
  ["OPTIONS / HTTP/1.1", { form: "origin" }],
  ["GET http://b:80/p?q HTTP/1.1", { form: "absolute", host: "b:80", hostName: "b", path: "/p", query: "q" }],
  ["GET HTTPS://b/ HTTP/1.1", { form: "absolute", host: "b", path: "/" }],
  ["GET http://b HTTP/1.1", { form: "absolute", host: "b", path: "", query: null }],
  ["GET http://b?q/r HTTP/1.1", { form: "absolute", host: "b", path: "", query: "q/r" }],
  ["GET http://[::ffff:1.2.3.4]:8/ HTTP/1.1", { host: "[::ffff:1.2.3.4]:8", hostName: "[::ffff:1.2.3.4]" }],
  ["OPTIONS http://b HTTP/1.1", { form: "absolute", host: "b", path: "" }],
  ["\r\n\r\nGET / HTTP/1.1", { method: "GET", size: 31 }],
  ...refused("too-many-empty-lines", ["\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1"]),
  ...refused("bare-lf", ["\nGET / HTTP/1.1", "GET / HTTP/1.1\nX: y"]),
  ...refused("bare-cr", ["\rGET / HTTP/1.1", "GET / HTTP/1.1\rX: y"]),
  ...refused("bad-method", [
    " GET / HTTP/1.1",
    "GE(T / HTTP/1.1",
    "GET\t/ HTTP/1.1",
    "\0 / HTTP/1.1",
    "G\xe9T / HTTP/1.1",
  ]),
  ...refused("bad-request-line", [
    "GET",
    "GET ",
    "GET /",
    "GET  / HTTP/1.1",
    "GET / HTTP/1.1 ",
    "GET / HTTP/1.1x",
    "GET / HTTP/1.01",
    "GET\n",
  ]),
  ...refused("bad-target", [
    "GET /\t HTTP/1.1",
    "GET /\0 HTTP/1.1",
    "GET /\x7f HTTP/1.1",
    "GET /a#b HTTP/1.1",
    "GET /?a#b HTTP/1.1",
  ]),
  ...refused("bad-version", [
    "GET /  HTTP/1.1",
    "GET / ",
    "GET / http/1.1",
    "GET / HTTP/1.2",
    "GET / HTTP/0.9",
    "GET / HTTP/1,1",
    "GET /a b HTTP/1.1",
    "GET / HTTPS/1.1",
    "GET / HTTP/x",
  ]),
  ...refused("unsupported-version", ["GET / HTTP/2.0", "GET / HTTP/2", "PRI * HTTP/2.0", "GET / HTTP/9.9"]),
  ...refused("bad-target-form", [
    "GET * HTTP/1.1",
    "GET b HTTP/1.1",
    "GET b:80 HTTP/1.1",
    "OPTIONS ** HTTP/1.1",
    "GET ?q HTTP/1.1",
    "GET http:/b HTTP/1.1",
    "CONNECT / HTTP/1.1",
    "CONNECT b:1?q HTTP/1.1",
    "GET ://b HTTP/1.1",
  ]),
  ...refused("unsupported-scheme", ["GET ftp://b/ HTTP/1.1", "GET httpx://b/ HTTP/1.1"]),
  ...refused("bad-authority", [
    "GET http:// HTTP/1.1",
    "GET http:///p HTTP/1.1",
    "GET http://:80/ HTTP/1.1",
    "GET http://u@b/ HTTP/1.1",
    "GET http://u:p@b/ HTTP/1.1",
    "GET http://b:65536/ HTTP/1.1",
    "GET http://b:x/ HTTP/1.1",
    "GET http://b,c/ HTTP/1.1",
    "GET http://[::1/ HTTP/1.1",
    "GET http://[]/ HTTP/1.1",
    "GET http://[::1]x/ HTTP/1.1",
    "GET http://b%2/ HTTP/1.1",
    "GET http://b%zz/ HTTP/1.1",
    "GET http://b\\c/ HTTP/1.1",
    "CONNECT b HTTP/1.1",
    "CONNECT b: HTTP/1.1",
    "CONNECT :80 HTTP/1.1",
    "CONNECT http://b:80 HTTP/1.1",
    "CONNECT * HTTP/1.1",
    "CONNECT u@b:80 HTTP/1.1",
  ]),
];

function refused(problem: ProblemCode, lines: readonly string[]): [string, FoundRequest][] {
  return lines.map((line) => [line, { state: "refused", problem }]);
}

t.test("request lines", async (t) => {
  for (const [line, found] of LINES) {
    const name = JSON.stringify(line);
    t.test(name, async (t) => {
      t.match(requestOf(t, `${line}\r\nHost: a\r\n\r\n`), { state: "complete", ...found });
    });
  }
});

t.test("Host", async (t) => {
  const request = (host: string, line = "GET / HTTP/1.1") => requestOf(t, `${line}\r\n${host}\r\n`);
  for (const host of [
    "a",
    "A-b_c.d~e",
    "a:",
    "a:0",
    "a:65535",
    "1.2.3.4:80",
    "[::1]",
    "[fe80::1]:8080",
    "a%41",
    "a;b=c",
  ]) {
    t.match(request(`Host: ${host}\r\n`), { state: "complete", host }, host);
  }
  for (const host of [
    "a b",
    "a,b",
    "a/b",
    "u@b",
    "a:b",
    "a:65536",
    "a:000080",
    "a:-1",
    "a::1",
    ":80",
    ":",
    "[a",
    "[]",
    "[:]",
    "[:]x",
    "[::g]",
    "a\\b",
    'a"',
    "<a>",
    "a?b",
    "a#b",
    "\xe9",
    "%",
    "a%4",
    "[::1%25eth0]",
    "a[::1]",
  ]) {
    t.same(request(`Host: ${host}\r\n`), { state: "refused", problem: "bad-host" }, host);
  }
  t.match(request("Host:\r\n"), { state: "complete", host: "" }, "empty where there is no authority");
  t.same(request(""), { state: "refused", problem: "missing-host" });
  t.same(request("X-Host: a\r\n"), { state: "refused", problem: "missing-host" });
  t.match(request("", "GET / HTTP/1.0"), { state: "complete", host: "" }, "HTTP/1.0 needs none");
  t.match(request("Host: a\r\n", "GET / HTTP/1.0"), { state: "complete", host: "a" });
  t.same(request("Host: a\r\nHost: a\r\n", "GET / HTTP/1.0"), {
    state: "refused",
    problem: "duplicate-host",
  });
  t.match(
    request("Host: c\r\n", "GET http://b/ HTTP/1.1"),
    { host: "b" },
    "an absolute target's authority counts",
  );
  t.same(request("", "GET http://b/ HTTP/1.1"), { state: "refused", problem: "missing-host" });
  t.same(request("Host: c d\r\n", "GET http://b/ HTTP/1.1"), { state: "refused", problem: "bad-host" });
  t.match(request("Host: c\r\n", "CONNECT b:1 HTTP/1.1"), { host: "b:1" });
});
