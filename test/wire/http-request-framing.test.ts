/**
 * Requests that do not say clearly where their body ends: each is refused, the connection is closed, and no
 * server sees a request, neither that one nor what is hidden behind it.
 */
import t from "tap";
import { get, head, problem, request } from "../support/http-messages.ts";
import { type HttpWireCase, part, runHttpCases } from "../support/http-wire.ts";

const hidden = get("/hidden");

/** Refused for its head: not a byte of it goes on. */
function refused(name: string, client: string, status: number, code: string): HttpWireCase {
  return { name, client: client + hidden, gets: problem(status, code), closes: true };
}

t.test("lengths and codings that do not agree", (t) => {
  const post = (...lines: string[]) => `${request("POST", "/", ...lines)}0\r\n\r\n`;
  const both = "length-and-transfer-encoding";
  const coding = "bad-transfer-encoding";
  const length = "bad-content-length";
  return runHttpCases(t, [
    refused("CL.TE", post("Content-Length: 5", "Transfer-Encoding: chunked"), 400, both),
    refused("TE.CL", post("Transfer-Encoding: chunked", "Content-Length: 5"), 400, both),
    refused(
      "CL.CL that differ",
      post("Content-Length: 5", "Content-Length: 6"),
      400,
      "duplicate-content-length",
    ),
    refused(
      "CL.CL that agree",
      post("Content-Length: 5", "content-length: 5"),
      400,
      "duplicate-content-length",
    ),
    refused("a list of lengths", post("Content-Length: 5, 5"), 400, length),
    refused("a negative length", post("Content-Length: -1"), 400, length),
    refused("a length with a sign", post("Content-Length: +5"), 400, length),
    refused("a length in hexadecimal", post("Content-Length: 0x5"), 400, length),
    refused("an empty length", post("Content-Length:"), 400, length),
    refused("a length with a blank inside", post("Content-Length: 1 0"), 400, length),
    refused("a length beyond 2^53", post("Content-Length: 9007199254740993"), 400, length),
    refused("a length beyond 2^64", post("Content-Length: 18446744073709551621"), 400, length),
    refused("a length with an underscore", post("Content-Length: 1_0"), 400, length),
    refused(
      "TE.TE",
      post("Transfer-Encoding: chunked", "Transfer-Encoding: x"),
      400,
      "duplicate-transfer-encoding",
    ),
    refused(
      "TE twice",
      post("Transfer-Encoding: chunked", "transfer-encoding: chunked"),
      400,
      "duplicate-transfer-encoding",
    ),
    refused("chunked twice", post("Transfer-Encoding: chunked, chunked"), 400, coding),
    refused("chunked, but not last", post("Transfer-Encoding: chunked, identity"), 400, coding),
    refused("identity", post("Transfer-Encoding: identity"), 400, coding),
    refused("an unknown coding alone", post("Transfer-Encoding: xchunked"), 400, coding),
    refused("an empty coding", post("Transfer-Encoding:"), 400, coding),
    refused("a coding with a vertical tab", post("Transfer-Encoding: \x0bchunked"), 400, "bad-field-value"),
    refused("a coding in quotes", post('Transfer-Encoding: "chunked"'), 400, coding),
    refused("a coding with a parameter", post("Transfer-Encoding: chunked;q=1"), 400, coding),
    refused(
      "gzip before chunked",
      post("Transfer-Encoding: gzip, chunked"),
      501,
      "unsupported-transfer-encoding",
    ),
    refused(
      "a coding with HTTP/1.0",
      head("POST / HTTP/1.0", "Transfer-Encoding: chunked"),
      400,
      "transfer-encoding-in-http-1.0",
    ),
    refused(
      "CONNECT with a length",
      head("CONNECT h:1 HTTP/1.1", "Host: h:1", "Content-Length: 3"),
      400,
      "connect-with-body",
    ),
  ]);
});

t.test("chunks", (t) => {
  const broken = (name: string, body: string): HttpWireCase => ({
    name,
    client: request("POST", "/", "Transfer-Encoding: chunked") + body + hidden,
    sees: part,
    gets: problem(400, "bad-body"),
    closes: true,
  });
  return runHttpCases(t, [
    broken("a size that is none", "x\r\n"),
    broken("a size with 0x", "0x1\r\na\r\n0\r\n\r\n"),
    broken("a size with a sign", "+1\r\na\r\n0\r\n\r\n"),
    broken("a size with a blank before", " 1\r\na\r\n0\r\n\r\n"),
    broken("a size beyond 2^52", "10000000000000\r\n"),
    broken("a size beyond 2^64 that begins again at 1", "10000000000000001\r\na\r\n0\r\n\r\n"),
    broken("an empty size", "\r\n\r\n"),
    broken("a size that ends in LF", "1\na\r\n0\r\n\r\n"),
    broken("a bare CR behind a size", "1\rX\r\na\r\n0\r\n\r\n"),
    broken("data longer than its size", "1\r\nab\r\n0\r\n\r\n"),
    broken("data that ends in LF", "1\r\na\n0\r\n\r\n"),
    broken("an LF in an extension", "1;a\nb\r\na\r\n0\r\n\r\n"),
    broken("a CR in an extension", "1;a\rb\r\na\r\n0\r\n\r\n"),
    broken("a NUL in an extension", "1;a\x00b\r\na\r\n0\r\n\r\n"),
    broken("a trailer that ends in LF", "0\r\nX: y\n\r\n"),
    broken("a trailer that is folded", "0\r\nX: y\r\n z\r\n\r\n"),
    broken("a trailer without a colon", "0\r\nX\r\n\r\n"),
    broken("an end in LF", "0\r\n\n"),
    broken("an extension without end", `1;${"a".repeat(300)}\r\na\r\n0\r\n\r\n`),
  ]);
});

t.test("longer than it may be", (t) =>
  runHttpCases(
    t,
    [
      {
        name: "by its length",
        client: `${request("POST", "/", "Content-Length: 11")}01234567890`,
        gets: problem(413, "body-too-large"),
        closes: true,
      },
      {
        name: "by its chunks",
        client: `${request("POST", "/", "Transfer-Encoding: chunked")}5\r\n01234\r\n6\r\n012345\r\n0\r\n\r\n`,
        sees: part,
        gets: problem(413, "body-too-large"),
        closes: true,
      },
      {
        name: "as long as it may be",
        client: `${request("POST", "/", "Transfer-Encoding: chunked")}5;x=y\r\n01234\r\n5\r\n01234\r\n0\r\n\r\n`,
        sees: `${request("POST", "/", "Transfer-Encoding: chunked")}5;x=y\r\n01234\r\n5\r\n01234\r\n0\r\n\r\n`,
        answers: head("HTTP/1.1 204 No Content"),
        gets: head("HTTP/1.1 204 No Content"),
      },
    ],
    { limits: { body: 10 } },
  ),
);
