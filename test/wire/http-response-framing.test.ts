/** Answers that are none, that are cut off, or that are followed by more: the client is never told something that is not so. */
import t from "tap";
import { chunks, get, head, ok, problem, request } from "../support/http-messages.ts";
import { type HttpWireCase, runHttpCases } from "../support/http-wire.ts";

/** Answered with 502, and the connection to the server closed. */
function refused(name: string, answers: string): HttpWireCase {
  return {
    name,
    client: get(),
    sees: get(),
    answers,
    gets: problem(502, "protocol", { close: false }),
    closesServer: true,
  };
}

t.test("answers that are none", (t) =>
  runHttpCases(t, [
    refused("garbage", "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    refused("HTTP/2", head("HTTP/2 200 OK")),
    refused("a status of two digits", head("HTTP/1.1 20 OK")),
    refused("a status below 100", head("HTTP/1.1 099 OK")),
    refused("a status line that ends in LF", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"),
    refused("a field that ends in LF", "HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n"),
    refused("a folded field", head("HTTP/1.1 200 OK", "X: a\r\n b", "Content-Length: 0")),
    refused("a blank before the colon", head("HTTP/1.1 200 OK", "Content-Length : 0")),
    refused("NUL in a value", head("HTTP/1.1 200 OK", "X: a\x00", "Content-Length: 0")),
    refused("a length that is none", head("HTTP/1.1 200 OK", "Content-Length: x")),
    refused("lengths that differ", head("HTTP/1.1 200 OK", "Content-Length: 1", "Content-Length: 2")),
    refused("length and chunks", head("HTTP/1.1 200 OK", "Content-Length: 1", "Transfer-Encoding: chunked")),
    refused("an unknown coding", head("HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked")),
    refused("a coding with HTTP/1.0", head("HTTP/1.0 200 OK", "Transfer-Encoding: chunked")),
    refused(
      "101 that nobody asked for",
      head("HTTP/1.1 101 Switching Protocols", "Upgrade: x", "Connection: upgrade"),
    ),
  ]),
);

t.test("a head that is too long", (t) =>
  runHttpCases(t, [refused("is none", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(200)}\r\n\r\n`)], {
    http: { head_limit: 128 },
  }),
);

t.test("answers that end too early", (t) =>
  runHttpCases(t, [
    {
      name: "without a byte",
      client: request("POST", "/", "Content-Length: 0"),
      sees: request("POST", "/", "Content-Length: 0"),
      serverEnds: true,
      gets: problem(502, "connection-lost", { close: false }),
      closesServer: true,
    },
    {
      name: "within the head",
      client: get(),
      sees: get(),
      answers: "HTTP/1.1 200 OK\r\nContent-Le",
      serverEnds: true,
      gets: problem(502, "connection-lost", { close: false }),
      closesServer: true,
    },
    {
      name: "after a 103",
      client: get(),
      sees: get(),
      answers: head("HTTP/1.1 103 Early Hints", "Link: </a>"),
      serverEnds: true,
      gets:
        head("HTTP/1.1 103 Early Hints", "Link: </a>") + problem(502, "connection-lost", { close: false }),
      closesServer: true,
    },
    {
      name: "within a body with a length: the client gets what there is, and sees that there is no more",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.1 200 OK", "Content-Length: 10")}01234`,
      serverEnds: true,
      gets: `${head("HTTP/1.1 200 OK", "Content-Length: 10")}01234`,
      closes: true,
      closesServer: true,
    },
    {
      name: "within a chunk",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}5\r\nab`,
      serverEnds: true,
      gets: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}5\r\nab`,
      closes: true,
      closesServer: true,
    },
    {
      name: "before the last chunk",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}2\r\nab\r\n`,
      serverEnds: true,
      gets: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}2\r\nab\r\n`,
      closes: true,
      closesServer: true,
    },
    {
      name: "within trailers",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}0\r\nX: y`,
      serverEnds: true,
      gets: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}0\r\n`,
      closes: true,
      closesServer: true,
    },
    {
      name: "or break within: a chunk that is none",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}zz\r\n`,
      gets: head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"),
      closes: true,
      closesServer: true,
    },
  ]),
);

t.test("answers that are followed by more", (t) => {
  const more = ok("smuggled");
  const followed = (name: string, answer: string, ask = get()): HttpWireCase => ({
    name,
    client: ask,
    sees: ask,
    answers: answer + more,
    gets: answer,
    closesServer: true,
  });
  return runHttpCases(t, [
    followed("a body with a length", ok("x")),
    followed("no body", ok()),
    followed("chunks", head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + chunks("x")),
    followed("a 204", head("HTTP/1.1 204 No Content")),
    followed("a 304", head("HTTP/1.1 304 Not Modified", "Content-Length: 8")),
    followed("an answer to HEAD", head("HTTP/1.1 200 OK", "Content-Length: 8"), request("HEAD", "/")),
  ]);
});

t.test("connections of servers", (t) =>
  runHttpCases(t, [
    {
      name: "Connection: close of the server ends its connection, not the client's",
      client: get(),
      sees: get(),
      answers: ok("x", "Connection: close"),
      gets: ok("x"),
      closesServer: true,
    },
    {
      name: "a final answer before the body is all there ends both",
      steps: [
        { client: `${request("POST", "/", "Content-Length: 10")}01234` },
        { serverSees: `${request("POST", "/", "Content-Length: 10")}01234` },
        { server: head("HTTP/1.1 403 Forbidden", "Content-Length: 0") },
        { clientGets: head("HTTP/1.1 403 Forbidden", "Content-Length: 0", "Connection: close") },
      ],
      closes: true,
      closesServer: true,
    },
    {
      name: "a body may come after the head of its answer, while the answer goes on",
      steps: [
        { client: `${request("POST", "/", "Content-Length: 10")}01234` },
        { serverSees: `${request("POST", "/", "Content-Length: 10")}01234` },
        { server: `${head("HTTP/1.1 200 OK", "Content-Length: 4")}ab` },
        { clientGets: `${head("HTTP/1.1 200 OK", "Content-Length: 4", "Connection: close")}ab` },
        { client: "56789" },
        { serverSees: "56789" },
        { server: "cd" },
        { clientGets: "cd" },
      ],
      closes: true,
    },
  ]),
);
