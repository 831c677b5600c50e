// RFC 9112 sections 4, 6.3 and 9, RFC 9110 sections 8.6 and 15: is an answer's head understood, and its end known?
import t, { type Test } from "tap";
import { framing } from "../../src/http1/framing.ts";
import { method } from "../../src/http1/request-parser.ts";
import { ResponseParser } from "../../src/http1/response-parser.ts";
import { guarded, surrounded } from "./guarded-bytes.ts";
import { type FoundField, foundFields, nameIn, states } from "./request-case.ts";

interface FoundResponse {
  readonly state: string;
  readonly problem?: string;
  readonly status?: number;
  readonly reason?: string;
  readonly minor?: number;
  readonly body?: string;
  readonly length?: number;
  readonly keepAlive?: boolean;
  readonly upgrade?: boolean;
  readonly fields?: readonly FoundField[];
  readonly line?: string;
  readonly size?: number;
}

function find(parser: ResponseParser, source: Buffer, start: number, end: number, to: number): FoundResponse {
  const state = states[parser.parse(guarded(source, start, end), start, end, to)]!;
  if (state === "refused") return { state, problem: parser.problem!.code };
  if (state === "incomplete") return { state };
  return {
    state,
    status: parser.status,
    reason: source.toString("latin1", parser.reasonStart, parser.reasonEnd),
    minor: parser.minor,
    body: nameIn(framing, parser.body),
    length: parser.contentLength,
    keepAlive: parser.keepAlive,
    upgrade: parser.upgrade,
    fields: foundFields(parser.fields, source),
    line: source.toString("latin1", parser.lineStart, parser.statusLineEnd),
    size: parser.headEnd - start,
  };
}

/** What a parser makes of `text`, whole; checks that all its beginnings are incomplete or refused alike. */
function responseOf(
  t: Test,
  text: string,
  to: number = method.GET,
  limits?: ResponseParser["limits"],
): FoundResponse {
  const { bytes, start, end } = surrounded(text);
  const fresh = () => Object.assign(new ResponseParser(), limits && { limits });
  const whole = find(fresh(), bytes, start, end, to);
  const size = whole.size ?? text.length;
  const fed = fresh();
  let last: FoundResponse = { state: "incomplete" };
  for (let cut = 0; cut <= size; cut++) {
    const alone = find(fresh(), bytes, start, start + cut, to);
    if (last.state === "incomplete") last = find(fed, bytes, start, start + cut, to);
    const isEarly = alone.state === "complete" && cut < size;
    const isOther = alone.state === "refused" && alone.problem !== whole.problem;
    if (isEarly || isOther) t.same(alone, whole, `the first ${cut} bytes`);
  }
  if (whole.state !== "incomplete") t.same(last, whole, "byte by byte");
  return whole;
}

function answer(line: string, ...fields: readonly string[]): string {
  return [line, ...fields, "", ""].join("\r\n");
}

t.test("status lines", async (t) => {
  const lines: readonly (readonly [line: string, found: Partial<FoundResponse>])[] = [
    ["HTTP/1.1 200 OK", { status: 200, reason: "OK", minor: 1, line: "HTTP/1.1 200 OK\r\n" }],
    ["HTTP/1.0 404 Not  Found ", { status: 404, reason: "Not  Found ", minor: 0 }],
    ["HTTP/1.1 500 ", { status: 500, reason: "" }],
    ["HTTP/1.1 500", { status: 500, reason: "" }],
    ["HTTP/1.1 999 \t\xe9", { status: 999, reason: "\t\xe9" }],
    ["HTTP/1.1 100 Continue", { status: 100 }],
  ];
  for (const [line, found] of lines)
    t.match(responseOf(t, answer(line)), { state: "complete", ...found }, line);
  for (const line of [
    "",
    "HTTP/1.1",
    "HTTP/1.1 ",
    "HTTP/1.1 20",
    "HTTP/1.1 2000 OK",
    "HTTP/1.1 099 Low",
    "HTTP/1.1 2x0 OK",
    "HTTP/1.1 -20 OK",
    "HTTP/1.1  200 OK",
    "HTTP/1.1\t200 OK",
    "HTTP/1.1 200\tOK",
    "HTTP/1.1 200 O\0K",
    "HTTP/1.2 200 OK",
    "http/1.1 200 OK",
    "ICY 200 OK",
    " HTTP/1.1 200 OK",
    "\r\nHTTP/1.1 200 OK",
    "<html>",
  ]) {
    t.same(
      responseOf(t, answer(line)),
      { state: "refused", problem: "bad-status-line" },
      JSON.stringify(line),
    );
  }
  t.same(responseOf(t, answer("HTTP/2.0 200 OK")), { state: "refused", problem: "unsupported-version" });
  t.same(responseOf(t, "HTTP/1.1 200 OK\n\r\n"), { state: "refused", problem: "bare-lf" });
  t.same(responseOf(t, "HTTP/1.1 200\n\r\n"), { state: "refused", problem: "bare-lf" });
  t.same(responseOf(t, "HTTP/1.1 200 OK\rX: y\r\n\r\n"), { state: "refused", problem: "bare-cr" });
});

t.test("where the body ends", async (t) => {
  const ok = "HTTP/1.1 200 OK";
  const length = "Content-Length: 5";
  const chunked = "Transfer-Encoding: chunked";
  const cases: readonly (readonly [string, readonly string[], number, string, number, boolean])[] = [
    [ok, [length], method.GET, "length", 5, true],
    [ok, ["Content-Length: 0"], method.GET, "none", 0, true],
    [ok, [length, "content-length: 5"], method.GET, "length", 5, true],
    [ok, [chunked], method.GET, "chunked", -1, true],
    [ok, [], method.GET, "close", -1, false],
    [ok, ["Connection: keep-alive"], method.GET, "close", -1, false],
    [ok, [length, "Connection: close"], method.GET, "length", 5, false],
    ["HTTP/1.0 200 OK", [length], method.GET, "length", 5, false],
    ["HTTP/1.0 200 OK", [length, "Connection: keep-alive"], method.GET, "length", 5, true],
    [ok, [length], method.HEAD, "none", 5, true],
    [ok, [chunked], method.HEAD, "none", -1, true],
    [ok, [], method.HEAD, "none", -1, true],
    ["HTTP/1.1 304 Not Modified", [length], method.GET, "none", 5, true],
    ["HTTP/1.1 304 Not Modified", [], method.GET, "none", -1, true],
    ["HTTP/1.1 204 No Content", [], method.GET, "none", -1, true],
    ["HTTP/1.1 204 No Content", ["Content-Length: 0"], method.GET, "none", -1, true],
    ["HTTP/1.1 204 No Content", [length], method.GET, "none", -1, false],
    ["HTTP/1.1 204 No Content", [chunked], method.GET, "none", -1, false],
    ["HTTP/1.1 205 Reset Content", ["Content-Length: 0"], method.GET, "none", 0, true],
    ["HTTP/1.1 100 Continue", [], method.POST, "none", -1, true],
    ["HTTP/1.1 103 Early Hints", [length], method.GET, "none", -1, false],
    [ok, [length], method.CONNECT, "none", -1, false],
    [ok, [], method.CONNECT, "none", -1, true],
    ["HTTP/1.1 407 Proxy Authentication Required", [length], method.CONNECT, "length", 5, true],
    ["HTTP/1.1 500 Oh", [], method.CONNECT, "close", -1, false],
  ];
  for (const [line, fields, to, body, length, keepAlive] of cases) {
    const found = responseOf(t, answer(line, ...fields), to);
    const name = `${line} ${fields.join(" ")} to ${nameIn(method, to)}`;
    t.match(found, { state: "complete", body, length, keepAlive }, name);
  }
});

t.test("framing that is refused", async (t) => {
  const cases: readonly (readonly [problem: string, fields: readonly string[], line?: string])[] = [
    ["length-and-transfer-encoding", ["Content-Length: 5", "Transfer-Encoding: chunked"]],
    ["duplicate-content-length", ["Content-Length: 5", "Content-Length: 6"]],
    ["bad-content-length", ["Content-Length: 5, 5"]],
    ["bad-content-length", ["Content-Length: 5", "Content-Length: x"]],
    ["bad-content-length", ["Content-Length: -1"]],
    ["bad-transfer-encoding", ["Transfer-Encoding: identity"]],
    ["bad-transfer-encoding", ["Transfer-Encoding: chunked, gzip"]],
    ["unsupported-transfer-encoding", ["Transfer-Encoding: gzip, chunked"]],
    ["duplicate-transfer-encoding", ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]],
    ["transfer-encoding-in-http-1.0", ["Transfer-Encoding: chunked"], "HTTP/1.0 200 OK"],
    ["obs-fold", ["X: y", " z"]],
    ["space-before-colon", ["Content-Length : 5"]],
    ["bare-lf", ["X: y\nContent-Length: 5"]],
  ];
  for (const [problem, fields, line = "HTTP/1.1 200 OK"] of cases) {
    for (const to of [method.GET, method.HEAD]) {
      t.same(responseOf(t, answer(line, ...fields), to), { state: "refused", problem }, fields.join(" "));
    }
  }
});

t.test("what is not for passing on", async (t) => {
  const marked = (line: string, ...fields: string[]) =>
    responseOf(t, answer(line, ...fields))
      .fields!.filter(({ hop }) => hop)
      .map(({ name }) => name);
  const hops = ["Connection: x", "Keep-Alive: timeout=5", "Transfer-Encoding: chunked", "X: y", "Server: z"];
  t.same(marked("HTTP/1.1 200 OK", ...hops), ["Connection", "Keep-Alive", "Transfer-Encoding", "X"]);
  t.same(marked("HTTP/1.1 200 OK", "Content-Length: 5", "CONTENT-length: 5", "content-length: 5"), [
    "CONTENT-length",
    "content-length",
  ]);
  t.same(marked("HTTP/1.1 204 No", "Content-Length: 0", "X: y"), ["Content-Length"]);
  t.same(marked("HTTP/1.1 103 Early", "Link: </a>", "Content-Length: 0"), ["Content-Length"]);
  t.same(marked("HTTP/1.1 304 Not Modified", "Content-Length: 5"), []);
});

t.test("a switch of protocols", async (t) => {
  const fields = ["Connection: upgrade", "Upgrade: websocket"];
  t.match(responseOf(t, answer("HTTP/1.1 101 Switching", ...fields)), { upgrade: true, body: "none" });
  t.match(responseOf(t, answer("HTTP/1.1 101 Switching", "Upgrade: websocket")), { upgrade: false });
  t.match(responseOf(t, answer("HTTP/1.1 200 OK", ...fields)), { upgrade: false });
});

t.test("limits", async (t) => {
  const text = answer("HTTP/1.1 200 OK", "A: b", "C: d");
  const limits = { head: text.length, headers: 2 };
  t.match(responseOf(t, text, method.GET, limits), { state: "complete" });
  const small = { ...limits, head: text.length - 1 };
  t.same(responseOf(t, text, method.GET, small), { state: "refused", problem: "head-too-large" });
  const few = { ...limits, headers: 1 };
  t.same(responseOf(t, text, method.GET, few), { state: "refused", problem: "too-many-fields" });
});
