/**
 * Heads that are none, that parsers read in different ways, or that are too long: each is refused, the connection is
 * closed, and no server sees a request, neither that one nor what is hidden behind it.
 */
import t from "tap";
import { get, head, problem, request } from "../support/http-messages.ts";
import { type HttpWireCase, runHttpCases } from "../support/http-wire.ts";

const hidden = get("/hidden");

/** Refused for its head: not a byte of it goes on. */
function refused(name: string, client: string, status: number, code: string): HttpWireCase {
  return { name, client: client + hidden, gets: problem(status, code), closes: true };
}

t.test("heads that parsers read in different ways", (t) =>
  runHttpCases(t, [
    refused("a line that ends in LF", "GET / HTTP/1.1\nHost: h\r\n\r\n", 400, "bare-lf"),
    refused("a field that ends in LF", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400, "bare-lf"),
    refused("an empty line that is an LF", "GET / HTTP/1.1\r\nHost: h\r\n\n", 400, "bare-lf"),
    refused("a bare CR in a value", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400, "bare-cr"),
    refused("a bare CR at the end of the line", "GET / HTTP/1.1\rHost: h\r\n\r\n", 400, "bare-cr"),
    refused("a CR before the CR LF", "GET / HTTP/1.1\r\nHost: h\r\r\n\r\n", 400, "bare-cr"),
    refused("obs-fold", get("/", "X: y\r\n Content-Length: 5"), 400, "obs-fold"),
    refused("obs-fold with a tab", get("/", "X: y\r\n\tz"), 400, "obs-fold"),
    refused(
      "a blank before the first field",
      "GET / HTTP/1.1\r\n Host: h\r\n\r\n",
      400,
      "space-before-first-field",
    ),
    refused("a blank before the colon", get("/", "Transfer-Encoding : chunked"), 400, "space-before-colon"),
    refused("a tab before the colon", get("/", "Content-Length\t: 5"), 400, "space-before-colon"),
    refused("a field without a colon", get("/", "Content-Length"), 400, "missing-colon"),
    refused("a field without a name", get("/", ": x"), 400, "empty-field-name"),
    refused("a name with a control character", get("/", "Content\x01Length: 5"), 400, "bad-field-name"),
    refused("a name with an umlaut", get("/", "Content-L\xe4ngth: 5"), 400, "bad-field-name"),
    refused("NUL in a value", get("/", "X: a\x00b"), 400, "bad-field-value"),
    refused("DEL in a value", get("/", "X: a\x7fb"), 400, "bad-field-value"),
    refused("NUL in a name", get("/", "X\x00: b"), 400, "bad-field-name"),
    refused("no Host", head("GET / HTTP/1.1"), 400, "missing-host"),
    refused("two Hosts", get("/", "Host: h"), 400, "duplicate-host"),
    refused("two Hosts in one", head("GET / HTTP/1.1", "Host: h, i"), 400, "bad-host"),
    refused("a Host with a path", head("GET / HTTP/1.1", "Host: h/x"), 400, "bad-host"),
    refused("a Host with user information", head("GET / HTTP/1.1", "Host: a@h"), 400, "bad-host"),
    refused("a Host with a port that is none", head("GET / HTTP/1.1", "Host: h:x"), 400, "bad-host"),
    refused(
      "an absolute target with another, bad Host",
      head("GET http://h/ HTTP/1.1", "Host: h h"),
      400,
      "bad-host",
    ),
  ]),
);

t.test("request lines", (t) =>
  runHttpCases(t, [
    refused("nothing but a word", "GET\r\n\r\n", 400, "bad-request-line"),
    refused("HTTP/0.9", "GET /\r\n\r\n", 400, "bad-request-line"),
    refused("two blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad-request-line"),
    refused("a tab for a blank", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad-method"),
    refused("a blank in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad-version"),
    refused("a blank at the end", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400, "bad-request-line"),
    refused("a fragment", get("/a#b"), 400, "bad-target"),
    refused("NUL in the target", get("/a\x00b"), 400, "bad-target"),
    refused("a target that is no path", get("a/b"), 400, "bad-target-form"),
    refused("an asterisk with GET", get("*"), 400, "bad-target-form"),
    refused("another scheme", get("ftp://h/a"), 400, "unsupported-scheme"),
    refused("user information", get("http://a@h/"), 400, "bad-authority"),
    refused("CONNECT to a path", request("CONNECT", "/a"), 400, "bad-target-form"),
    refused("CONNECT without a port", request("CONNECT", "h"), 400, "bad-authority"),
    refused("a method with a colon", request("GE:T", "/"), 400, "bad-method"),
    refused("a lower-case version", "GET / http/1.1\r\nHost: h\r\n\r\n", 400, "bad-version"),
    refused("HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 400, "bad-version"),
    refused("HTTP/1.10", "GET / HTTP/1.10\r\nHost: h\r\n\r\n", 400, "bad-request-line"),
    refused("HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, "unsupported-version"),
    refused("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "unsupported-version"),
    refused("a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "bad-method"),
    refused("too many empty lines", "\r\n".repeat(5), 400, "too-many-empty-lines"),
    refused("an empty line that is an LF", "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bare-lf"),
  ]),
);

t.test("expectations that nobody can meet", (t) =>
  runHttpCases(t, [refused("another than 100-continue", get("/", "Expect: x"), 417, "unknown-expectation")]),
);

t.test("limits", (t) =>
  runHttpCases(
    t,
    [
      refused("a long target", get(`/${"a".repeat(100)}`), 414, "target-too-long"),
      refused("a long head", get("/", `X: ${"a".repeat(300)}`), 431, "head-too-large"),
      refused(
        "many fields",
        get("/", ..."abcdefgh".split("").map((name) => `${name}:`)),
        431,
        "too-many-fields",
      ),
      {
        name: "a head that is as long as it may be",
        client: get(`/${"a".repeat(99)}`, ..."abcdefg".split("").map((name) => `${name}:`)),
        sees: get(`/${"a".repeat(99)}`, ..."abcdefg".split("").map((name) => `${name}:`)),
        answers: head("HTTP/1.1 204 No Content"),
        gets: head("HTTP/1.1 204 No Content"),
      },
    ],
    { limits: { head: 256, target: 100, headers: 8 } },
  ),
);
