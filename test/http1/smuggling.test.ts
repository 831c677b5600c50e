// Payloads by which requests are smuggled past one parser into another: is each refused, or read in the one way there is?
import t from "tap";
import { receiveRequests } from "./receive-requests.ts";

/** What stands behind a body that another parser would take for a request. */
const HIDDEN = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/** A POST with these lines in its head, which may end in anything, and what follows it. */
function post(lines: string, rest: string, line = "POST / HTTP/1.1"): string {
  return `${line}\r\nHost: a\r\n${lines}\r\n\r\n${rest}`;
}

const CHUNKED = "Transfer-Encoding: chunked";
const EMPTY = `0\r\n\r\n${HIDDEN}`;

/** Payloads, and the problem that they are refused for; no request is seen before it unless it is said how many. */
const REFUSED: readonly (readonly [name: string, payload: string, problem: string, before?: number])[] = [
  // Two ways to frame.
  ["CL.TE", post(`Content-Length: 39\r\n${CHUNKED}`, EMPTY), "length-and-transfer-encoding"],
  [
    "TE.CL",
    post(`${CHUNKED}\r\nContent-Length: 3`, `8\r\nSMUGGLED\r\n${EMPTY}`),
    "length-and-transfer-encoding",
  ],
  ["CL.0 beside TE", post(`Content-Length: 0\r\n${CHUNKED}`, EMPTY), "length-and-transfer-encoding"],
  [
    "TE.TE, a second one unknown",
    post(`${CHUNKED}\r\nTransfer-Encoding: x`, EMPTY),
    "duplicate-transfer-encoding",
  ],
  [
    "TE.TE, in another case",
    post(`${CHUNKED}\r\ntransfer-encoding: identity`, EMPTY),
    "duplicate-transfer-encoding",
  ],
  ["TE.TE, the same", post(`${CHUNKED}\r\n${CHUNKED}`, EMPTY), "duplicate-transfer-encoding"],
  [
    "two lengths that differ",
    post("Content-Length: 0\r\nContent-Length: 35", HIDDEN),
    "duplicate-content-length",
  ],
  [
    "two lengths that agree",
    post("Content-Length: 5\r\nContent-Length: 5", "hello"),
    "duplicate-content-length",
  ],
  [
    "two lengths, the second empty",
    post("Content-Length: 5\r\nContent-Length: ", "hello"),
    "duplicate-content-length",
  ],
  ["a list of lengths", post("Content-Length: 0, 35", HIDDEN), "bad-content-length"],
  ["a list of equal lengths", post("Content-Length: 5, 5", "hello"), "bad-content-length"],
  // Lengths that parsers read differently.
  ["a length with a plus", post("Content-Length: +5", "hello"), "bad-content-length"],
  ["a negative length", post("Content-Length: -1", HIDDEN), "bad-content-length"],
  ["a hexadecimal length", post("Content-Length: 0x5", "hello"), "bad-content-length"],
  ["a length with an underscore", post("Content-Length: 1_0", "0123456789"), "bad-content-length"],
  ["a length with a space in it", post("Content-Length: 3 5", HIDDEN), "bad-content-length"],
  ["a length with a fraction", post("Content-Length: 5.0", "hello"), "bad-content-length"],
  ["a length with letters behind", post("Content-Length: 5abc", "hello"), "bad-content-length"],
  ["a length in quotes", post('Content-Length: "5"', "hello"), "bad-content-length"],
  ["a length beyond 64 bits", post("Content-Length: 18446744073709551617", "h"), "bad-content-length"],
  ["a length of no digits", post("Content-Length:", HIDDEN), "bad-content-length"],
  ["a length of digits that are not ASCII", post("Content-Length: \xb2\xb3", HIDDEN), "bad-content-length"],
  // Transfer-Encoding that one parser knows and another does not.
  ["xchunked", post("Transfer-Encoding: xchunked", EMPTY), "bad-transfer-encoding"],
  ["chunked with a parameter", post("Transfer-Encoding: chunked;q=0.5", EMPTY), "bad-transfer-encoding"],
  ["chunked in quotes", post('Transfer-Encoding: "chunked"', EMPTY), "bad-transfer-encoding"],
  ["chunked, identity", post("Transfer-Encoding: chunked, identity", EMPTY), "bad-transfer-encoding"],
  ["chunked twice in a list", post("Transfer-Encoding: chunked, chunked", EMPTY), "bad-transfer-encoding"],
  ["chunked and a comma", post("Transfer-Encoding: chunked,", EMPTY), "bad-transfer-encoding"],
  ["identity", post("Transfer-Encoding: identity", HIDDEN), "bad-transfer-encoding"],
  [
    "identity beside a length",
    post("Transfer-Encoding: identity\r\nContent-Length: 5", "hello"),
    "length-and-transfer-encoding",
  ],
  ["nothing", post("Transfer-Encoding:", EMPTY), "bad-transfer-encoding"],
  ["gzip before chunked", post("Transfer-Encoding: gzip, chunked", EMPTY), "unsupported-transfer-encoding"],
  ["a vertical tab before chunked", post("Transfer-Encoding: \x0bchunked", EMPTY), "bad-field-value"],
  ["a no-break space before chunked", post("Transfer-Encoding: \xa0chunked", EMPTY), "bad-transfer-encoding"],
  ["a form feed behind chunked", post(`${CHUNKED}\x0c`, EMPTY), "bad-field-value"],
  ["a NUL behind chunked", post(`${CHUNKED}\0`, EMPTY), "bad-field-value"],
  ["chunked with HTTP/1.0", post(CHUNKED, EMPTY, "POST / HTTP/1.0"), "transfer-encoding-in-http-1.0"],
  // Field names that one parser takes for another name.
  ["a space before the colon of TE", post("Transfer-Encoding : chunked", EMPTY), "space-before-colon"],
  ["a tab before the colon of TE", post("Transfer-Encoding\t: chunked", EMPTY), "space-before-colon"],
  ["a space before the colon of CL", post("Content-Length : 35", HIDDEN), "space-before-colon"],
  ["a vertical tab before the colon", post("Transfer-Encoding\x0b: chunked", EMPTY), "bad-field-name"],
  ["a NUL in the name", post("Transfer-Encoding\0: chunked", EMPTY), "bad-field-name"],
  ["a space in front of the name", post("X: y\r\n Transfer-Encoding: chunked", EMPTY), "obs-fold"],
  ["TE folded", post("Transfer-Encoding:\r\n chunked", EMPTY), "obs-fold"],
  ["a length folded", post("Content-Length: 3\r\n\t5", HIDDEN), "obs-fold"],
  ["a space in front of Host", `GET / HTTP/1.1\r\n Host: b\r\nHost: a\r\n\r\n`, "space-before-first-field"],
  [
    "a space in front of all fields",
    `GET / HTTP/1.1\r\n Content-Length: 35\r\n\r\n${HIDDEN}`,
    "space-before-first-field",
  ],
  ["no colon", post("Transfer-Encoding chunked", EMPTY), "space-before-colon"],
  ["no name", post(": chunked", EMPTY), "empty-field-name"],
  ["a name in brackets", post("[Transfer-Encoding]: chunked", EMPTY), "bad-field-name"],
  ["a byte above ASCII in the name", post("Transfer-Encod\xefng: chunked", EMPTY), "bad-field-name"],
  // Lines that one parser ends elsewhere.
  ["LF alone before TE", post(`X: y\n${CHUNKED}`, EMPTY), "bare-lf"],
  ["CR alone before TE", post(`X: y\r${CHUNKED}`, EMPTY), "bare-cr"],
  ["CR alone behind the name", post("Transfer-Encoding\r: chunked", EMPTY), "missing-colon"],
  ["LF alone behind the colon", post("Transfer-Encoding:\nchunked", EMPTY), "bare-lf"],
  ["LF LF for the head's end", `GET / HTTP/1.1\r\nHost: a\n\n${HIDDEN}`, "bare-lf"],
  ["CR LF LF for the head's end", `GET / HTTP/1.1\r\nHost: a\r\n\n${HIDDEN}`, "bare-lf"],
  ["CR CR LF for the head's end", `GET / HTTP/1.1\r\nHost: a\r\n\r\r\n${HIDDEN}`, "bare-cr"],
  ["LF behind the request line", `GET / HTTP/1.1\nHost: a\r\n\r\n`, "bare-lf"],
  ["CR alone behind the request line", `GET / HTTP/1.1\rHost: a\r\n\r\n`, "bare-cr"],
  ["CR alone in front of the request", `\rGET / HTTP/1.1\r\nHost: a\r\n\r\n`, "bare-cr"],
  // Request lines.
  ["two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request-line"],
  ["a tab for a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad-method"],
  ["a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "bad-version"],
  ["a version in the target", `GET / HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n`, "bad-request-line"],
  ["a space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "bad-request-line"],
  ["no version", `GET /\r\n\r\n${HIDDEN}`, "bad-request-line"],
  ["version 0.9", `GET / HTTP/0.9\r\nHost: a\r\n\r\n`, "bad-version"],
  ["version 1.10", `GET / HTTP/1.10\r\nHost: a\r\n\r\n`, "bad-request-line"],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "unsupported-version"],
  ["a method in quotes", `"GET" / HTTP/1.1\r\nHost: a\r\n\r\n`, "bad-method"],
  ["a fragment", "GET /public#/../private HTTP/1.1\r\nHost: a\r\n\r\n", "bad-target"],
  ["a NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", "bad-target"],
  // Who the request is for.
  ["two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "duplicate-host"],
  ["two Hosts that agree", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "duplicate-host"],
  ["no Host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", "missing-host"],
  ["two hosts in one", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "bad-host"],
  ["a path in Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "bad-host"],
  ["user information in Host", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "bad-host"],
  ["user information in the target", "GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n", "bad-authority"],
  ["a port that is none", "GET / HTTP/1.1\r\nHost: a:80:81\r\n\r\n", "bad-host"],
  ["a backslash in the authority", "GET http://a\\b/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad-authority"],
  ["a target that is neither path nor URI", "GET a/b HTTP/1.1\r\nHost: a\r\n\r\n", "bad-target-form"],
  ["CONNECT to a path", "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", "bad-target-form"],
  [
    "CONNECT with a body",
    `CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n${HIDDEN}`,
    "connect-with-body",
  ],
  // Chunks: the request itself has been seen by then.
  ["a chunk's size ends in LF", post(CHUNKED, `5\nhello\r\n${EMPTY}`), "bare-lf", 1],
  ["a chunk's size ends in CR", post(CHUNKED, `5\rXhello\r\n${EMPTY}`), "bare-cr", 1],
  ["an extension ends in LF", post(CHUNKED, `5;\nhello\r\n${EMPTY}`), "bare-lf", 1],
  ["an extension has CR alone", post(CHUNKED, `5;a\rhello\r\n${EMPTY}`), "bare-cr", 1],
  ["an extension has NUL", post(CHUNKED, `5;\0\r\nhello\r\n${EMPTY}`), "bad-chunk-extension", 1],
  [
    "an extension without end",
    post(CHUNKED, `5;${"a".repeat(300)}\r\nhello\r\n${EMPTY}`),
    "chunk-extension-too-long",
    1,
  ],
  ["a chunk's data ends in LF", post(CHUNKED, `5\r\nhello\n${EMPTY}`), "bad-chunk-end", 1],
  ["a chunk's data is too long", post(CHUNKED, `4\r\nhello\r\n${EMPTY}`), "bad-chunk-end", 1],
  ["any two bytes behind the data", post(CHUNKED, `5\r\nhelloXX0\r\n\r\n`), "bad-chunk-end", 1],
  ["a size with 0x", post(CHUNKED, `0x5\r\nhello\r\n${EMPTY}`), "bad-chunk-size", 1],
  ["a size with a plus", post(CHUNKED, `+5\r\nhello\r\n${EMPTY}`), "bad-chunk-size", 1],
  ["a size with a minus", post(CHUNKED, `-1\r\nhello\r\n${EMPTY}`), "bad-chunk-size", 1],
  ["a size with an underscore", post(CHUNKED, `1_0\r\nhello\r\n${EMPTY}`), "bad-chunk-size", 1],
  ["a size with a space before", post(CHUNKED, ` 5\r\nhello\r\n${EMPTY}`), "bad-chunk-size", 1],
  ["a size with a space behind", post(CHUNKED, `5 \r\nhello\r\n${EMPTY}`), "bad-chunk-size", 1],
  ["a size of no digits", post(CHUNKED, `\r\nhello\r\n${EMPTY}`), "bad-chunk-size", 1],
  [
    "a size that wraps in 64 bits",
    post(CHUNKED, `10000000000000005\r\nhello\r\n${EMPTY}`),
    "bad-chunk-size",
    1,
  ],
  ["a size of many zeros", post(CHUNKED, `${"0".repeat(17)}5\r\nhello\r\n${EMPTY}`), "bad-chunk-size", 1],
  ["a last chunk that ends in LF", post(CHUNKED, `0\n\n${HIDDEN}`), "bare-lf", 1],
  ["trailers that end in LF", post(CHUNKED, `0\r\nX: y\n\n${HIDDEN}`), "bare-lf", 1],
  ["an empty line of LF for trailers", post(CHUNKED, `0\r\n\n${HIDDEN}`), "bare-lf", 1],
  ["a request for a trailer", post(CHUNKED, `0\r\n${HIDDEN}`), "space-before-colon", 1],
  ["a trailer folded", post(CHUNKED, `0\r\nX: y\r\n z\r\n\r\n${HIDDEN}`), "obs-fold", 1],
];

/** Payloads that are valid, and the requests in them with their bodies. */
const READ: readonly (readonly [name: string, payload: string, requests: readonly string[]])[] = [
  [
    "a length that covers a request",
    post(`Content-Length: ${HIDDEN.length}`, HIDDEN),
    [`POST / ${JSON.stringify(HIDDEN)}`],
  ],
  [
    "a GET with a body",
    post(`Content-Length: ${HIDDEN.length}`, HIDDEN, "GET / HTTP/1.1"),
    [`GET / ${JSON.stringify(HIDDEN)}`],
  ],
  [
    "a length with zeros in front",
    post("Content-Length: 0005", `hello${HIDDEN}`),
    ['POST / "hello"', 'GET /hidden ""'],
  ],
  ["a length of zero", post("Content-Length: 0", HIDDEN), ['POST / ""', 'GET /hidden ""']],
  ["no length", post("X: y", HIDDEN), ['POST / ""', 'GET /hidden ""']],
  [
    "chunked in capitals",
    post("TRANSFER-ENCODING:CHUNKED", EMPTY),
    [String.raw`POST / "0\r\n\r\n"`, 'GET /hidden ""'],
  ],
  [
    "chunked with tabs around",
    post("Transfer-Encoding:\tchunked\t", EMPTY),
    [String.raw`POST / "0\r\n\r\n"`, 'GET /hidden ""'],
  ],
  [
    "a name that is like TE",
    post("Transfer_Encoding: chunked\r\nX-Transfer-Encoding: chunked", HIDDEN),
    ['POST / ""', 'GET /hidden ""'],
  ],
  [
    "TE in another field's value",
    post('X: "Transfer-Encoding: chunked"', HIDDEN),
    ['POST / ""', 'GET /hidden ""'],
  ],
  [
    "a request in a chunk",
    post(CHUNKED, `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`),
    [`POST / ${JSON.stringify(`${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`)}`],
  ],
  [
    "a last chunk in a chunk",
    post(CHUNKED, `5\r\n0\r\n\r\n\r\n0\r\n\r\n${HIDDEN}`),
    [String.raw`POST / "5\r\n0\r\n\r\n\r\n0\r\n\r\n"`, 'GET /hidden ""'],
  ],
  [
    "a length for a trailer",
    post(CHUNKED, `0\r\nContent-Length: 35\r\n\r\n${HIDDEN}`),
    [String.raw`POST / "0\r\nContent-Length: 35\r\n\r\n"`, 'GET /hidden ""'],
  ],
  [
    "an empty line between requests",
    post("Content-Length: 5", `hello\r\n${HIDDEN}`),
    ['POST / "hello"', 'GET /hidden ""'],
  ],
];

t.test("payloads that are refused", async (t) => {
  for (const [name, payload, problem, before = 0] of REFUSED) {
    const { requests, end } = receiveRequests(payload);
    t.same([end, requests.length], [problem, before], name);
    t.notMatch(requests.join(), "GET /hidden", "and nothing is smuggled");
  }
});

t.test("payloads that can be read in one way only", async (t) => {
  for (const [name, payload, requests] of READ)
    t.same(receiveRequests(payload), { requests, end: "done" }, name);
});
