// RFC 9112 sections 5, 6 and 9 and RFC 9110: is what the fields of a request mean understood, or refused as they say?
import t from "tap";
import { headProblems, type ProblemCode } from "../../src/http1/head-problem.ts";
import { RequestParser } from "../../src/http1/request-parser.ts";
import { type FoundRequest, findRequest, requestOf, withLines } from "./request-case.ts";

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
  const always = ["Connection", "Keep-Alive", "Proxy-Connection", "TE", "Upgrade"];
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
