/** What is relayed: heads line by line as they came, bodies byte by byte, in every framing. */
import t from "tap";
import { chunks, get, head, ok, request } from "../support/http-messages.ts";
import { runHttpCases } from "../support/http-wire.ts";

t.test("heads", (t) =>
  runHttpCases(t, [
    { name: "a GET", client: get("/a"), sees: get("/a"), answers: ok("x"), gets: ok("x") },
    {
      name: "order, case, duplicates and inner white space of fields are kept both ways",
      client: head(
        "GET / HTTP/1.1",
        "x-B: 1",
        "HOST:h",
        "X-a:  two  words ",
        "x-b: 2",
        "X-B:",
        "Accept: */*",
      ),
      sees: head("GET / HTTP/1.1", "x-B: 1", "HOST:h", "X-a:  two  words ", "x-b: 2", "X-B:", "Accept: */*"),
      answers: ok("", "Set-Cookie: a=1", "sEt-cOOkie: b=2", "X-One:1", "x-one: \t2"),
      gets: ok("", "Set-Cookie: a=1", "sEt-cOOkie: b=2", "X-One:1", "x-one: \t2"),
    },
    {
      name: "bytes above ASCII in values pass",
      client: get("/", "X-Name: J\xfcrgen \xe2\x82\xac"),
      sees: get("/", "X-Name: J\xfcrgen \xe2\x82\xac"),
      answers: ok("\xff\x00\xfe", "X-Name: \xe9"),
      gets: ok("\xff\x00\xfe", "X-Name: \xe9"),
    },
    ...[
      "/a//b/../c",
      "/%2e%2E/%2F?",
      "/?a=b?c&&d=%00",
      "/a;b=c,d/@:!$'()*+",
      '/\xe4"<>[]^`{|}',
      "//host/x",
    ].map((path) => ({
      name: `the path ${JSON.stringify(path)} goes byte for byte`,
      client: get(path),
      sees: get(path),
      answers: ok(),
      gets: ok(),
    })),
    {
      name: "a method that nobody knows",
      client: request("M-SEARCH", "/x"),
      sees: request("M-SEARCH", "/x"),
      answers: ok("m"),
      gets: ok("m"),
    },
    {
      name: "OPTIONS *",
      client: request("OPTIONS", "*"),
      sees: request("OPTIONS", "*"),
      answers: ok(),
      gets: ok(),
    },
    {
      name: "TRACE",
      client: request("TRACE", "/"),
      sees: request("TRACE", "/"),
      answers: ok(request("TRACE", "/"), "Content-Type: message/http"),
      gets: ok(request("TRACE", "/"), "Content-Type: message/http"),
    },
    {
      name: "empty lines before a request are passed over",
      client: `\r\n\r\n${get("/a")}`,
      sees: get("/a"),
      answers: ok("x"),
      gets: ok("x"),
    },
    {
      name: "a status that nobody knows, and its reason",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.1 299 So what?", "Content-Length: 1")}x`,
      gets: `${head("HTTP/1.1 299 So what?", "Content-Length: 1")}x`,
    },
    {
      name: "a status without a reason",
      client: get(),
      sees: get(),
      answers: head("HTTP/1.1 200", "Content-Length: 0"),
      gets: head("HTTP/1.1 200", "Content-Length: 0"),
    },
  ]),
);

t.test("absolute-form", (t) =>
  runHttpCases(t, [
    {
      name: "becomes origin-form, and Host is the target's",
      client: head("GET http://other:81/a?b HTTP/1.1", "X-A: 1", "Host: h", "X-B: 2"),
      sees: head("GET /a?b HTTP/1.1", "X-A: 1", "X-B: 2", "Host: other:81"),
      answers: ok(),
      gets: ok(),
    },
    {
      name: "without a path",
      client: head("GET HTTP://h HTTP/1.1", "Host: h"),
      sees: head("GET / HTTP/1.1", "Host: h"),
      answers: ok(),
      gets: ok(),
    },
    {
      name: "with a query, but without a path",
      client: head("GET http://h?q HTTP/1.1", "Host: h"),
      sees: head("GET /?q HTTP/1.1", "Host: h"),
      answers: ok(),
      gets: ok(),
    },
    {
      name: "OPTIONS of the whole server",
      client: head("OPTIONS http://h:8080 HTTP/1.1", "Host: h:8080"),
      sees: head("OPTIONS * HTTP/1.1", "Host: h:8080"),
      answers: ok(),
      gets: ok(),
    },
  ]),
);

const body = "0123456789abcdef";
t.test("bodies of requests", (t) =>
  runHttpCases(t, [
    {
      name: "by length",
      client: request("POST", "/", "Content-Length: 16") + body,
      sees: request("POST", "/", "Content-Length: 16") + body,
      answers: ok(body),
      gets: ok(body),
    },
    {
      name: "of length 0",
      client: request("POST", "/", "Content-Length: 0"),
      sees: request("POST", "/", "Content-Length: 0"),
      answers: ok(),
      gets: ok(),
    },
    ...["GET", "DELETE", "HEAD", "OPTIONS", "PROPFIND"].map((name) => ({
      name: `a ${name} with a chunked body stays framed`,
      client: request(name, "/", "Transfer-Encoding: chunked") + chunks("GET /b HTTP/1.1"),
      sees: request(name, "/", "Transfer-Encoding: chunked") + chunks("GET /b HTTP/1.1"),
      answers: head("HTTP/1.1 204 No Content"),
      gets: head("HTTP/1.1 204 No Content"),
    })),
    {
      name: "chunks as they were cut, with extensions",
      client: `${request("PUT", "/", "Transfer-Encoding: chunked")}001\r\na\r\nA;x="y z";q\r\n0123456789\r\n000\r\n\r\n`,
      sees: `${request("PUT", "/", "Transfer-Encoding: chunked")}001\r\na\r\nA;x="y z";q\r\n0123456789\r\n000\r\n\r\n`,
      answers: ok(),
      gets: ok(),
    },
    // A server that does not trim, or minds the case, would take the body for another request.
    ...["Transfer-Encoding: Chunked", "Transfer-Encoding:\tchunked", "transfer-encoding: chunked \t"].map(
      (line) => ({
        name: `${JSON.stringify(line)} is written as every server reads it`,
        client: request("POST", "/", line, "X-A: b") + chunks("GET /b HTTP/1.1"),
        sees: request("POST", "/", "X-A: b", "Transfer-Encoding: chunked") + chunks("GET /b HTTP/1.1"),
        answers: ok(),
        gets: ok(),
      }),
    ),
    ...["Content-Length: 016", "Content-Length:\t16", "content-length:  16", "Content-Length: 16 "].map(
      (line) => ({
        name: `${JSON.stringify(line)} is written as every server reads it`,
        client: request("POST", "/", line, "X-A: b") + body,
        sees: request("POST", "/", "X-A: b", "Content-Length: 16") + body,
        answers: ok(),
        gets: ok(),
      }),
    ),
    ...["Transfer-Encoding:chunked", "TRANSFER-ENCODING: chunked"].map((line) => ({
      name: `${JSON.stringify(line)} stays`,
      client: request("POST", "/", line, "X-A: b") + chunks("a"),
      sees: request("POST", "/", line, "X-A: b") + chunks("a"),
      answers: ok(),
      gets: ok(),
    })),
    {
      name: "Content-Length: 00 is a length of 0",
      client: request("POST", "/", "Content-Length: 00"),
      sees: request("POST", "/", "Content-Length: 0"),
      answers: ok(),
      gets: ok(),
    },
    {
      name: "trailers",
      client: `${request("POST", "/", "Trailer: X-Sum", "Transfer-Encoding: chunked")}1\r\na\r\n0\r\nX-Sum: 1\r\nx-more:2\r\n\r\n`,
      sees: `${request("POST", "/", "Trailer: X-Sum", "Transfer-Encoding: chunked")}1\r\na\r\n0\r\nX-Sum: 1\r\nx-more:2\r\n\r\n`,
      answers: ok(),
      gets: ok(),
    },
    {
      name: "trailers that have no place there are dropped",
      client: `${request("POST", "/", "Transfer-Encoding: chunked")}0\r\nHost: evil\r\nX-Sum: 1\r\nContent-Length: 5\r\nAuthorization: x\r\nTransfer-Encoding: chunked\r\n\r\n`,
      sees: `${request("POST", "/", "Transfer-Encoding: chunked")}0\r\nX-Sum: 1\r\n\r\n`,
      answers: ok(),
      gets: ok(),
    },
  ]),
);

t.test("bodies of answers", (t) =>
  runHttpCases(t, [
    {
      name: "chunked, with extensions, which end here, and trailers",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.1 200 OK", "Trailer: X-Sum", "Transfer-Encoding: chunked")}2;a=b\r\nab\r\n0\r\nX-Sum: 1\r\nX-B:2\r\n\r\n`,
      gets: `${head("HTTP/1.1 200 OK", "Trailer: X-Sum", "Transfer-Encoding: chunked")}2\r\nab\r\n0\r\nX-Sum: 1\r\nX-B:2\r\n\r\n`,
    },
    {
      name: "trailers that have no place there are dropped",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}0\r\nSet-Cookie: a=b\r\nContent-Length: 3\r\nX-Sum: 1\r\nConnection: close\r\n\r\n`,
      gets: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}0\r\nX-Sum: 1\r\n\r\n`,
    },
    {
      name: "chunk sizes padded with zeros and blanks",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}00000000000002  \r\nab\r\n00000000000000  \r\n\r\n`,
      gets: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}02\r\nab\r\n0\r\n\r\n`,
    },
    {
      name: "205 has none, whatever its server sends",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.1 205 Reset Content", "Content-Length: 5")}hello`,
      gets: head("HTTP/1.1 205 Reset Content", "Content-Length: 0"),
      closesServer: true,
    },
    {
      name: "205 that ends with its connection",
      client: get(),
      sees: get(),
      answers: head("HTTP/1.1 205 Reset Content", "Connection: close"),
      gets: head("HTTP/1.1 205 Reset Content", "Content-Length: 0"),
      closesServer: true,
    },
    {
      name: "to HEAD there is none, whatever its length",
      client: request("HEAD", "/"),
      sees: request("HEAD", "/"),
      answers: head("HTTP/1.1 200 OK", "Content-Length: 1000"),
      gets: head("HTTP/1.1 200 OK", "Content-Length: 1000"),
    },
    {
      name: "to HEAD there is none, whatever its framing",
      client: request("HEAD", "/"),
      sees: request("HEAD", "/"),
      answers: head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"),
      gets: head("HTTP/1.1 200 OK"),
    },
    {
      name: "a 304 has none, and tells the length of what it stands for",
      client: get("/", "If-None-Match: x"),
      sees: get("/", "If-None-Match: x"),
      answers: head("HTTP/1.1 304 Not Modified", "Content-Length: 5", "ETag: x"),
      gets: head("HTTP/1.1 304 Not Modified", "Content-Length: 5", "ETag: x"),
    },
    {
      name: "a 204 has none",
      client: get(),
      sees: get(),
      answers: head("HTTP/1.1 204 No Content", "X-A: b"),
      gets: head("HTTP/1.1 204 No Content", "X-A: b"),
    },
    {
      name: "a Content-Length of a 204 is dropped, and what may follow it is nobody's answer",
      client: get(),
      sees: get(),
      answers: head("HTTP/1.1 204 No Content", "Content-Length: 3"),
      gets: head("HTTP/1.1 204 No Content"),
      closesServer: true,
    },
    {
      name: "by the end of the connection: the client gets chunks",
      client: get(),
      sees: get(),
      answers: head("HTTP/1.1 200 OK", "X-A: b"),
      serverEnds: true,
      gets: `${head("HTTP/1.1 200 OK", "X-A: b", "Transfer-Encoding: chunked")}0\r\n\r\n`,
      closesServer: true,
    },
    {
      name: "of a server that speaks HTTP/1.0",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.0 200 Fine", "Content-Length: 2")}ab`,
      gets: `${head("HTTP/1.1 200 Fine", "Content-Length: 2")}ab`,
      closesServer: true,
    },
    {
      name: "of a server that speaks HTTP/1.0 and keeps the connection",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.0 200 Fine", "Content-Length: 2", "Connection: keep-alive")}ab`,
      gets: `${head("HTTP/1.1 200 Fine", "Content-Length: 2")}ab`,
    },
    {
      name: "of length 0",
      client: get(),
      sees: get(),
      answers: ok(),
      gets: ok(),
    },
    {
      name: "a length told twice",
      client: get(),
      sees: get(),
      answers: `${head("HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 2")}ab`,
      gets: `${head("HTTP/1.1 200 OK", "Content-Length: 2")}ab`,
    },
  ]),
);
