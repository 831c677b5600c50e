// RFC 9112 sections 2, 3, 5, 6, 9 and RFC 9110: is a request's head understood as they say, or refused where they say so?
import t from "tap";
import { headProblems, type ProblemCode } from "../../src/http1/head-problem.ts";
import { RequestParser } from "../../src/http1/request-parser.ts";
import { type FoundRequest, findRequest, requestOf, withLines } from "./request-case.ts";

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

/** Lines of fields behind `GET / HTTP/1.1` and `Host: a`, and what comes of them. */
const FIELDS: readonly (readonly [lines: readonly string[], found: Omit<FoundRequest, "state">])[] = [
  [[], { body: "none", length: 0, keepAlive: true, expectContinue: false, upgrade: false }],
  [
    ["X:y"],
    {
      fields: [
        { name: "Host", value: "a", hop: false },
        { name: "X", value: "y", hop: false },
      ],
    },
  ],
  [
    ["X: \t y z\t "],
    {
      fields: [
        { name: "Host", value: "a", hop: false },
        { name: "X", value: "y z", hop: false },
      ],
    },
  ],
  [
    ["X:", "Y: \t"],
    {
      fields: [
        { name: "Host", value: "a", hop: false },
        { name: "X", value: "", hop: false },
        { name: "Y", value: "", hop: false },
      ],
    },
  ],
  [['X: \x80\xff"a,b"\t:'], { size: 41 }],
  [["content-LENGTH: 5"], { body: "length", length: 5 }],
  [["Content-Length: 0"], { body: "none", length: 0 }],
  [["Content-Length: 007"], { body: "length", length: 7 }],
  [["Content-Length: 9007199254740991"], { body: "length", length: Number.MAX_SAFE_INTEGER }],
  [["Transfer-Encoding: chunked"], { body: "chunked", length: 0 }],
  [["transfer-encoding:\tCHUNKED "], { body: "chunked" }],
  [["Connection: close"], { keepAlive: false }],
  [["Connection: x, , CLOSE ,y"], { keepAlive: false }],
  [["Connection: x", "Connection: close"], { keepAlive: false }],
  [["Connection: keep-alive, close"], { keepAlive: false }],
  [["Connection: closed"], { keepAlive: true }],
  [["Connection: close;q"], { keepAlive: true }],
  [["Connection: Upgrade", "Upgrade: websocket"], { upgrade: true, keepAlive: true }],
  [["Connection: keep-alive, upgrade", "Upgrade: websocket"], { upgrade: true }],
  [["Connection: upgrade"], { upgrade: false }],
  [["Upgrade: websocket"], { upgrade: false }],
  [["Expect: 100-Continue"], { expectContinue: true }],
  [["Expect: 100-continue", "Expect: 100-continue"], { expectContinue: true }],
];

/** The same, where the head is refused. */
const REFUSED: Readonly<Partial<Record<ProblemCode, readonly (readonly string[])[]>>> = {
  "space-before-colon": [
    ["X : y"],
    ["X\t: y"],
    ["Content-Length : 5"],
    ["X y: z"],
    ["Transfer-Encoding : chunked"],
  ],
  "bad-field-name": [["X(: y"], ["X\0: y"], ["\xe9: y"], ["X\x7f: y"], ["\0"], ["X\x0b: y"], ['"X": y']],
  "empty-field-name": [[": y"], [":"]],
  "missing-colon": [["X"], ["GET"]],
  "obs-fold": [["X: y", " z"], ["X: y", "\tz"], ["X: y", " "], [" Content-Length: 5"]],
  "bad-field-value": [["X: \0"], ["X: a\x01b"], ["X: \x7f"], ["X: \x0b"], ["X: \x1f"]],
  "bare-lf": [["X: y\nZ: z"], ["X\n"], ["X: y\n"], ["\nX: y"], ["X:\n y"]],
  "bare-cr": [["X: y\rZ: z"], ["\rX: y"], ["X: y\r"], ["X:\r y"]],
  "duplicate-host": [["Host: a"], ["host: b"], ["Host:"]],
  "bad-content-length": [
    ["Content-Length:"],
    ["Content-Length: +5"],
    ["Content-Length: -5"],
    ["Content-Length: 5 5"],
    ["Content-Length: 5, 5"],
    ["Content-Length: 5,"],
    ["Content-Length: 0x5"],
    ["Content-Length: 5.0"],
    ["Content-Length: 5e1"],
    ["Content-Length: 1_0"],
    ["Content-Length: \xb25"],
    ["Content-Length: 9007199254740992"],
    ["Content-Length: 18446744073709551621"],
  ],
  "duplicate-content-length": [
    ["Content-Length: 5", "Content-Length: 5"],
    ["Content-Length: 5", "content-length: 6"],
    ["Content-Length: 5", "Content-Length:"],
  ],
  "length-and-transfer-encoding": [
    ["Content-Length: 5", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: chunked", "Content-Length: 0"],
    ["Transfer-Encoding: x", "Content-Length: x"],
  ],
  "duplicate-transfer-encoding": [
    ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: chunked", "transfer-encoding: identity"],
  ],
  "bad-transfer-encoding": [
    ["Transfer-Encoding:"],
    ["Transfer-Encoding: identity"],
    ["Transfer-Encoding: gzip"],
    ["Transfer-Encoding: chunked, gzip"],
    ["Transfer-Encoding: chunked, chunked"],
    ["Transfer-Encoding: gzip, chunked, chunked"],
    ["Transfer-Encoding: chunked, identity"],
    ["Transfer-Encoding: xchunked"],
    ["Transfer-Encoding: chunkedx"],
    ["Transfer-Encoding: x chunked"],
    ["Transfer-Encoding: chunked;q=1"],
    ['Transfer-Encoding: "chunked"'],
    ["Transfer-Encoding: chunked,"],
    ["Transfer-Encoding: , chunked"],
    ["Transfer-Encoding: \xa0chunked"],
  ],
  "unsupported-transfer-encoding": [
    ["Transfer-Encoding: gzip, chunked"],
    ["Transfer-Encoding: identity , chunked"],
  ],
  "unknown-expectation": [
    ["Expect: 200-ok"],
    ["Expect: 100-continue, x"],
    ["Expect:"],
    ["Expect: 100-continue;x"],
  ],
};

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

t.test("fields", async (t) => {
  for (const [lines, found] of FIELDS) {
    t.test(JSON.stringify(lines), async (t) => {
      t.match(requestOf(t, withLines(...lines)), { state: "complete", ...found });
    });
  }
});

t.test("fields that are refused", async (t) => {
  for (const [problem, cases] of Object.entries(REFUSED)) {
    for (const lines of cases) {
      t.test(JSON.stringify(lines), async (t) => {
        t.same(requestOf(t, withLines(...lines)), { state: "refused", problem });
      });
    }
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

t.test("white space before the first field", async (t) => {
  for (const line of [" X: y", "\tHost: a", " "]) {
    const found = requestOf(t, `GET / HTTP/1.1\r\n${line}\r\nHost: a\r\n\r\n`);
    t.same(found, { state: "refused", problem: "space-before-first-field" });
  }
});

t.test("HTTP/1.0", async (t) => {
  const request = (...lines: string[]) => requestOf(t, ["POST / HTTP/1.0", ...lines, "", ""].join("\r\n"));
  t.match(request("Connection: keep-alive"), { keepAlive: true });
  t.match(request("Connection: keep-alive, close"), { keepAlive: false });
  t.match(request("Connection: upgrade", "Upgrade: x"), { upgrade: false });
  t.match(request("Expect: 100-continue"), { state: "complete", expectContinue: false });
  t.match(request("Content-Length: 3"), { body: "length", length: 3 });
  t.same(request("Transfer-Encoding: chunked"), {
    state: "refused",
    problem: "transfer-encoding-in-http-1.0",
  });
});

t.test("a CONNECT has no body", async (t) => {
  const request = (line: string) => requestOf(t, `CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n${line}\r\n\r\n`);
  t.match(request("Content-Length: 0"), { state: "complete", body: "none" });
  t.same(request("Content-Length: 1"), { state: "refused", problem: "connect-with-body" });
  t.same(request("Transfer-Encoding: chunked"), { state: "refused", problem: "connect-with-body" });
});

t.test("what is for this connection only", async (t) => {
  const marked = (...lines: string[]) =>
    requestOf(t, withLines(...lines))
      .fields!.filter(({ hop }) => hop)
      .map(({ name }) => name);
  const always = ["Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade"];
  t.same(marked(...always.map((name) => `${name}: x`)), always);
  t.same(marked("Transfer-Encoding: chunked"), ["Transfer-Encoding"]);
  t.same(marked("Connection: x-a, X-B", "x-A: 1", "X-b: 2", "X-C: 3", "X-A: 4"), [
    "Connection",
    "x-A",
    "X-b",
    "X-A",
  ]);
  t.same(marked("X-A: 1", "Connection: x-a"), ["X-A", "Connection"], "though it stands before");
  t.same(marked("Connection: a", "Connection: ,b", "A: 1", "B: 2"), ["Connection", "Connection", "A", "B"]);
  t.same(marked("Connection: cookie, Authorization", "Cookie: c", "authorization: d"), [
    "Connection",
    "Cookie",
    "authorization",
  ]);
  const kept = [
    "Content-Length: 5",
    "X-Forwarded-For: a",
    "X-Forwarded-Proto: b",
    "X-Forwarded-Host: c",
    "Forwarded: d",
    "Via: e",
  ];
  const names = kept.map((line) => line.split(":")[0]).join(", ");
  t.same(
    marked(`Connection: host, ${names}`, ...kept),
    ["Connection"],
    "what frames, routes or tells of the client stays",
  );
  t.same(marked("Connection: x-forwarded-for-, forwarded-for", "X-Forwarded-For: a"), ["Connection"]);
});

t.test("limits", async (t) => {
  const text = withLines("A: b", "C: d");
  const limits = { head: text.length, headers: 3, target: 1 };
  t.match(requestOf(t, text, limits), { state: "complete" }, "what just fits");
  t.same(requestOf(t, text, { ...limits, head: text.length - 1 }), {
    state: "refused",
    problem: "head-too-large",
  });
  t.same(requestOf(t, text, { ...limits, headers: 2 }), { state: "refused", problem: "too-many-fields" });
  t.same(requestOf(t, text.replace("/", "/b"), limits), { state: "refused", problem: "target-too-long" });
  t.same(requestOf(t, "GET /abc", { ...limits, target: 3 }), {
    state: "refused",
    problem: "target-too-long",
  });
  t.same(requestOf(t, "GET /a", { ...limits, target: 3 }), { state: "incomplete" });
  t.same(requestOf(t, "GET /?bc", { ...limits, target: 3 }), {
    state: "refused",
    problem: "target-too-long",
  });
  t.same(requestOf(t, "A".repeat(30), { ...limits, head: 30 }), {
    state: "refused",
    problem: "head-too-large",
  });
  t.same(requestOf(t, withLines(`X: ${"y".repeat(100)}`), { ...limits, head: 60 }), {
    state: "refused",
    problem: "head-too-large",
  });
});

t.test("a head of more fields than any before, then a small one", async (t) => {
  const parser = new RequestParser();
  parser.limits = { head: 1e6, headers: 1000, target: 10 };
  const lines = Array.from({ length: 999 }, (_, i) => `X-${i}: ${i * i}`);
  const large = Buffer.from(withLines(...lines));
  const found = findRequest(parser, large, 0, large.length);
  t.same(
    found.fields!.slice(1).map(({ name, value }) => `${name}: ${value}`),
    lines,
  );
  const small = Buffer.from(withLines("A: b"));
  t.equal(findRequest(parser, small, 0, small.length).fields!.length, 2);
});

t.test("nothing of a head is left for the next", async (t) => {
  const parser = new RequestParser();
  const read = (text: string) => findRequest(parser, Buffer.from(text), 0, text.length);
  const full = [
    "POST http://b/?q HTTP/1.1",
    "Host: a",
    "Connection: close, upgrade, x",
    "Upgrade: x",
    "Expect: 100-continue",
    "Content-Length: 5",
    "X: y",
    "",
    "",
  ].join("\r\n");
  const plain = withLines("X: y");
  const fresh = read(plain);
  t.equal(read(full).state, "complete");
  t.same(read(plain), fresh);
  t.equal(read("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n").state, "refused");
  t.same(read(plain), fresh);
  t.equal(parser.problem, null);
});

t.test("each problem has a code of its own and a status for the client", async (t) => {
  t.equal(new Set(headProblems.map(({ code }) => code)).size, headProblems.length);
  for (const { code, reason, status } of headProblems) {
    t.match(code, /^[a-z0-9.-]+$/);
    t.match(reason, /^[A-Z].*\.$/);
    t.ok([400, 414, 417, 431, 501, 505].includes(status));
  }
});
