/** Tunnels by Upgrade and by CONNECT: bytes both ways, each side closed on its own; and what is no tunnel. */
import t, { type Test } from "tap";
import { get, head, ok, problem, request } from "../support/http-messages.ts";
import { type HttpPlaneOptions, setUpHttp } from "../support/http-plane.ts";
import { runHttpCases } from "../support/http-wire.ts";
import { until } from "../support/until.ts";

const hello = get("/chat", "Sec-WebSocket-Key: x", "Connection: Upgrade", "Upgrade: websocket");
const helloSeen = get("/chat", "Sec-WebSocket-Key: x", "Connection: upgrade", "Upgrade: websocket");
const welcome = head(
  "HTTP/1.1 101 Switching Protocols",
  "Sec-WebSocket-Accept: y",
  "Upgrade: websocket",
  "Connection: Upgrade",
);
const welcomeSeen = head(
  "HTTP/1.1 101 Switching Protocols",
  "Sec-WebSocket-Accept: y",
  "Connection: upgrade",
  "Upgrade: websocket",
);

t.test("Upgrade", (t) =>
  runHttpCases(t, [
    {
      name: "bytes go both ways, and the client closes first",
      steps: [
        { client: hello },
        { serverSees: helloSeen },
        { server: welcome },
        { clientGets: welcomeSeen },
        { client: "\x81\x00GET / HTTP/1.1\r\n\r\n" },
        { serverSees: "\x81\x00GET / HTTP/1.1\r\n\r\n" },
        { server: "HTTP/1.1 200 OK\r\n\r\n\xff" },
        { clientGets: "HTTP/1.1 200 OK\r\n\r\n\xff" },
        { client: "last words" },
        { clientEnds: true },
        { serverSees: "last words" },
        { serverHearsEnd: true },
        { server: "still here" },
        { clientGets: "still here" },
        { serverEnds: true },
      ],
      closes: true,
      closesServer: true,
    },
    {
      name: "the server closes first",
      steps: [
        { client: hello },
        { serverSees: helloSeen },
        { server: `${welcome}last words` },
        { serverEnds: true },
        { clientGets: `${welcomeSeen}last words` },
        { clientHearsEnd: true },
        { client: "still here" },
        { serverSees: "still here" },
        { clientEnds: true },
      ],
      closes: true,
      closesServer: true,
    },
    {
      name: "bytes sent along with the handshake wait for its answer",
      steps: [
        { client: `${hello}early` },
        { serverSees: helloSeen },
        { silence: true },
        { server: `${welcome}too` },
        { clientGets: `${welcomeSeen}too` },
        { serverSees: "early" },
        { clientEnds: true },
        { serverHearsEnd: true },
        { serverEnds: true },
      ],
      closes: true,
      closesServer: true,
    },
    ...[["Upgrade: websocket"], ["Connection: upgrade"], []].map((lines) => ({
      name: `a 101 with no more than ${JSON.stringify(lines)} does not say what it switches to`,
      client: hello,
      sees: helloSeen,
      answers: `${head("HTTP/1.1 101 Switching Protocols", ...lines)}secret`,
      gets: problem(502, "protocol", { close: false }),
      closesServer: true,
    })),
    {
      name: "a server that answers as if nobody had asked",
      client: hello,
      sees: helloSeen,
      answers: ok("no", "Upgrade: websocket"),
      gets: ok("no"),
    },
    {
      name: "a server that answers 426 says what it wants",
      client: hello,
      sees: helloSeen,
      answers: head(
        "HTTP/1.1 426 Upgrade Required",
        "Upgrade: h3",
        "Connection: upgrade",
        "Content-Length: 0",
      ),
      gets: head("HTTP/1.1 426 Upgrade Required", "Content-Length: 0", "Connection: upgrade", "Upgrade: h3"),
    },
    {
      name: "a server that answers 426 to the last request of a connection",
      client: get("/", "Connection: close"),
      sees: get(),
      answers: head("HTTP/1.1 426 Upgrade Required", "Upgrade: websocket", "Content-Length: 0"),
      gets: head(
        "HTTP/1.1 426 Upgrade Required",
        "Content-Length: 0",
        "Connection: close, upgrade",
        "Upgrade: websocket",
      ),
      closes: true,
    },
    {
      name: "h2c is never asked for",
      client: get("/", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
      sees: get(),
      answers: ok(),
      gets: ok(),
    },
    {
      name: "nor is anything else beside it",
      client: get("/", "Connection: Upgrade", "Upgrade: websocket, H2C"),
      sees: get(),
      answers: ok(),
      gets: ok(),
    },
    {
      name: "Upgrade that Connection does not name asks for nothing",
      client: get("/", "Upgrade: websocket"),
      sees: get(),
      answers: ok(),
      gets: ok(),
    },
    {
      name: "HTTP/1.0 knows none",
      client: head("GET / HTTP/1.0", "Host: h", "Connection: Upgrade, keep-alive", "Upgrade: websocket"),
      sees: get(),
      answers: ok(),
      gets: ok("", "Connection: keep-alive"),
    },
    {
      name: "where it is off, the request goes without it",
      client: hello,
      sees: get("/chat", "Sec-WebSocket-Key: x"),
      answers: ok(),
      gets: ok(),
      options: { listener: { upgrade: false } },
    },
  ]),
);

const connect = request("CONNECT", "db:5432");
t.test("CONNECT", (t) =>
  runHttpCases(t, [
    {
      name: "opens a tunnel; a length in its answer means nothing",
      steps: [
        { client: connect },
        { serverSees: head("CONNECT db:5432 HTTP/1.1", "Host: h") },
        { server: `${head("HTTP/1.1 200 OK", "Content-Length: 5")}hello` },
        { clientGets: `${head("HTTP/1.1 200 OK")}hello` },
        { client: "bye" },
        { clientEnds: true },
        { serverSees: "bye" },
        { serverHearsEnd: true },
        { serverEnds: true },
      ],
      closes: true,
      closesServer: true,
    },
    {
      name: "refused by the server: what was sent along is no request",
      steps: [
        { client: connect + get("/hidden") },
        { serverSees: head("CONNECT db:5432 HTTP/1.1", "Host: h") },
        { server: `${head("HTTP/1.1 403 Forbidden", "Content-Length: 2")}no` },
        { clientGets: `${head("HTTP/1.1 403 Forbidden", "Content-Length: 2", "Connection: close")}no` },
      ],
      closes: true,
    },
    {
      name: "where it is off: 405, and what was sent along is no request",
      client: connect + get("/hidden"),
      gets: problem(405, "method-not-allowed"),
      closes: true,
      options: { listener: { connect: false } },
    },
  ]),
);

async function openTunnel(t: Test, options: HttpPlaneOptions = {}) {
  const set = await setUpHttp(t, options);
  const client = await set.connect();
  await client.send(hello);
  const server = await set.peer.nextConnection();
  await server.expect(helloSeen);
  await server.send(welcome);
  await client.expect(welcomeSeen);
  return { ...set, client, server };
}

t.test("a tunnel counts as one, has no duration, and leaves nothing behind", async (t) => {
  const { plane, client, server } = await openTunnel(t);
  t.equal(plane.listenerCount("tunnels"), 1);
  t.equal(plane.serverCount("requestsInFlight"), 1);
  client.halfClose();
  await server.expectClose();
  t.equal(plane.listenerCount("tunnels"), 1);
  server.halfClose();
  await client.expectClose();
  await until(() => plane.listenerCount("openConnections") === 0);
  await until(() => plane.serverCount("openConnections") === 0);
  t.equal(plane.listenerCount("tunnels"), 0);
  t.equal(plane.serverCount("requestsInFlight"), 0);
  t.equal(plane.poolCounter("requestsInFlight"), 0);
});

t.test("a client that resets its tunnel takes the server's along", async (t) => {
  const { plane, client, server } = await openTunnel(t);
  client.reset();
  await server.waitForEnd();
  await until(() => plane.listenerCount("openConnections") === 0);
  t.equal(plane.serverCount("requestsInFlight"), 0);
  t.equal(plane.clientError("client_gone"), 0, "that is how tunnels end");
});

t.test("a server that resets its tunnel takes the client's along, and is not to blame", async (t) => {
  const { plane, client, server } = await openTunnel(t);
  server.reset();
  await client.expectClose();
  await until(() => plane.listenerCount("openConnections") === 0);
  t.equal(plane.serverCount("requestsInFlight"), 0);
  t.equal(plane.upstreamErrors("truncated"), 0);
});

t.test("large amounts go both ways, each side as fast as it reads", async (t) => {
  const { plane, client, server } = await openTunnel(t);
  const amount = 4 << 20;
  client.pause();
  server.pause();
  void client.send(Buffer.alloc(amount, "c"));
  void server.send(Buffer.alloc(amount, "s"));
  await until(() => plane.bufferedBytes > 0);
  t.ok(plane.bufferedBytes < 2 << 20, `${plane.bufferedBytes} bytes are held`);
  client.resume();
  server.resume();
  const [toClient, toServer] = await Promise.all([client.read(amount), server.read(amount)]);
  t.ok(toClient.equals(Buffer.alloc(amount, "s")));
  t.ok(toServer.equals(Buffer.alloc(amount, "c")));
  client.halfClose();
  await server.expectClose();
  server.halfClose();
  await client.expectClose();
});
