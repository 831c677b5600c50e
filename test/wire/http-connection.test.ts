/** What concerns one connection only: hop-by-hop fields, HTTP/1.0, who closes, pipelining. */
import t from "tap";
import { chunks, get, head, ok, problem, request } from "../support/http-messages.ts";
import { setUpHttp } from "../support/http-plane.ts";
import { runHttpCases } from "../support/http-wire.ts";

t.test("fields for one connection are not passed on", (t) =>
  runHttpCases(t, [
    {
      name: "of requests: the known ones, and those that Connection names, in whatever case",
      client: get(
        "/",
        "X-Before: 1",
        "Connection: keep-alive, X-Named",
        "connection:,  x-other ,",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive",
        "TE: gzip",
        "Trailer: X-Sum",
        "Upgrade: websocket",
        "x-NAMED: 1",
        "X-Other: 2",
        "X-Named-Not: 3",
        "X-After: 4",
      ),
      sees: get("/", "X-Before: 1", "Trailer: X-Sum", "X-Named-Not: 3", "X-After: 4"),
      answers: ok(),
      gets: ok(),
    },
    {
      name: "of answers",
      client: get(),
      sees: get(),
      answers: ok(
        "x",
        "X-Before: 1",
        "Connection: X-Named, keep-alive",
        "Keep-Alive: timeout=5",
        "X-Named: 1",
        "Proxy-Connection: x",
        "Upgrade: h2c",
        "X-After: 2",
      ),
      gets: ok("x", "X-Before: 1", "X-After: 2"),
    },
    {
      name: "what frames and routes stays, although Connection names it",
      client: `${request("POST", "/", "Connection: Host, Content-Length, X-Forwarded-For", "Content-Length: 1", "X-Forwarded-For: 1.2.3.4")}a`,
      sees: `${request("POST", "/", "Content-Length: 1", "X-Forwarded-For: 1.2.3.4")}a`,
      answers: ok("x", "Connection: Content-Length"),
      gets: ok("x"),
    },
    {
      name: "TE: trailers is asked for again",
      client: get("/", "TE: gzip;q=0.5, Trailers", "Connection: TE", "X: y"),
      sees: get("/", "X: y", "TE: trailers", "Connection: TE"),
      answers: ok(),
      gets: ok(),
    },
  ]),
);

t.test("who closes", (t) =>
  runHttpCases(t, [
    {
      name: "the client wishes so: its connection ends, the server's stays",
      client: get("/", "Connection: close"),
      sees: get(),
      answers: ok("x"),
      gets: ok("x", "Connection: close"),
      closes: true,
    },
    {
      name: "a client that wishes it in a list, and in capitals",
      client: get("/", "Connection: x, CLOSE"),
      sees: get(),
      answers: ok("x"),
      gets: ok("x", "Connection: close"),
      closes: true,
    },
    {
      name: "what follows a request with Connection: close is not answered",
      client: get("/", "Connection: close") + get("/b"),
      sees: get(),
      answers: ok("x"),
      gets: ok("x", "Connection: close"),
      closes: true,
    },
  ]),
);

t.test("a connection serves as many requests as it may", async (t) => {
  const { peer, connect } = await setUpHttp(t, { limits: { requests: 2 } });
  peer.answer(() => ok("x"));
  const client = await connect();
  await client.send(get("/a") + get("/b") + get("/c"));
  await client.expect(ok("x") + ok("x", "Connection: close"));
  await client.expectClose();
  t.same(peer.requests, [get("/a"), get("/b")]);
});

const old = (method = "GET", ...lines: string[]) => head(`${method} / HTTP/1.0`, ...lines);
t.test("HTTP/1.0", (t) =>
  runHttpCases(t, [
    {
      name: "goes on in 1.1, and ends with the answer",
      client: old("GET", "Host: h"),
      sees: get(),
      answers: ok("x"),
      gets: ok("x", "Connection: close"),
      closes: true,
    },
    {
      name: "keep-alive",
      client: old("GET", "Host: h", "Connection: Keep-Alive"),
      sees: get(),
      answers: ok("x"),
      gets: ok("x", "Connection: keep-alive"),
    },
    {
      name: "a body",
      client: `${old("POST", "Host: h", "Content-Length: 2", "Connection: keep-alive")}ab`,
      sees: `${request("POST", "/", "Content-Length: 2")}ab`,
      answers: ok("x"),
      gets: ok("x", "Connection: keep-alive"),
    },
    {
      name: "chunks are taken out of their frames, and end with the connection",
      client: old("GET", "Host: h", "Connection: keep-alive"),
      sees: get(),
      answers: `${head("HTTP/1.1 200 OK", "X: y", "Transfer-Encoding: chunked")}3;a=b\r\nabc\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n`,
      gets: `${head("HTTP/1.1 200 OK", "X: y", "Connection: close")}abc0123456789`,
      closes: true,
    },
    {
      name: "a body to the end of the connection",
      client: old("GET", "Host: h", "Connection: keep-alive"),
      sees: get(),
      answers: `${head("HTTP/1.0 200 OK", "X: y")}abc`,
      serverEnds: true,
      gets: `${head("HTTP/1.1 200 OK", "X: y", "Connection: close")}abc`,
      closes: true,
      closesServer: true,
    },
    {
      name: "HEAD, whatever the framing would be",
      client: old("HEAD", "Host: h", "Connection: keep-alive"),
      sees: request("HEAD", "/"),
      answers: head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"),
      gets: head("HTTP/1.1 200 OK", "Connection: keep-alive"),
    },
    {
      name: "1xx is not passed on, for it knows none",
      client: `${old("POST", "Host: h", "Content-Length: 1", "Connection: keep-alive")}a`,
      sees: `${request("POST", "/", "Content-Length: 1")}a`,
      answers: head("HTTP/1.1 103 Early Hints", "Link: </a>") + ok("x"),
      gets: ok("x", "Connection: keep-alive"),
    },
    {
      name: "an own answer keeps the connection, too",
      client: old("GET", "Host: h", "Connection: keep-alive"),
      sees: get(),
      answers: "?\r\n",
      gets: problem(502, "protocol", { close: false }).replace(
        "no-store\r\n",
        "no-store\r\nConnection: keep-alive\r\n",
      ),
      closesServer: true,
    },
  ]),
);

t.test("HTTP/1.0 without Host gets that of the server, for 1.1 wants one", async (t) => {
  const { peer, connect } = await setUpHttp(t);
  const client = await connect();
  await client.send(head("GET /a HTTP/1.0", "X: y"));
  const server = await peer.nextConnection();
  const { port } = peer.address as { port: number };
  await server.expect(head("GET /a HTTP/1.1", "X: y", `Host: 127.0.0.1:${port}`));
  await server.send(ok("x"));
  await client.expect(ok("x", "Connection: close"));
});

t.test("an answer that ends with its connection goes in chunks, each as it came", async (t) => {
  const { peer, connect } = await setUpHttp(t);
  const client = await connect();
  await client.send(get());
  const server = await peer.nextConnection();
  await server.expect(get());
  await server.send(head("HTTP/1.0 200 OK", "Connection: close"));
  await client.expect(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked"));
  await server.send("abc");
  await client.expect("3\r\nabc\r\n");
  await server.send("0123456789abcdef");
  await client.expect("10\r\n0123456789abcdef\r\n");
  server.halfClose();
  await client.expect("0\r\n\r\n");
});

t.test("pipelining", (t) =>
  runHttpCases(t, [
    {
      name: "one after the other, in order",
      steps: [
        { client: get("/a") + get("/b") },
        { serverSees: get("/a") },
        { silence: true },
        { server: ok("a") },
        { clientGets: ok("a") },
        { serverSees: get("/b") },
        { server: ok("b") },
        { clientGets: ok("b") },
      ],
    },
    {
      name: "bodies between heads",
      steps: [
        {
          client: `${request("POST", "/a", "Content-Length: 3")}abc${request("POST", "/b", "Transfer-Encoding: chunked")}${chunks("d")}${get("/c")}`,
        },
        { serverSees: `${request("POST", "/a", "Content-Length: 3")}abc` },
        { server: ok("a") },
        { serverSees: request("POST", "/b", "Transfer-Encoding: chunked") + chunks("d") },
        { server: ok("b") },
        { serverSees: get("/c") },
        { server: ok("c") },
        { clientGets: ok("a") + ok("b") + ok("c") },
      ],
    },
    {
      name: "half a request behind a whole one",
      steps: [
        { client: `${get("/a")}GET /b HT` },
        { serverSees: get("/a") },
        { server: ok("a") },
        { clientGets: ok("a") },
        { silence: true },
        { client: get("/b").slice("GET /b HT".length) },
        { serverSees: get("/b") },
        { server: ok("b") },
        { clientGets: ok("b") },
      ],
    },
    {
      name: "a bad request behind a good one: the good one is answered first",
      steps: [
        { client: `${get("/a")}GET /b\r\n\r\n${get("/c")}` },
        { serverSees: get("/a") },
        { server: ok("a") },
        { clientGets: ok("a") + problem(400, "bad-request-line") },
      ],
      closes: true,
    },
  ]),
);
