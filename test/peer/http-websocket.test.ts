// Does the client `ws` reach the server `ws` through podmate as if there were nothing between them?
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import t, { type Test } from "tap";
import { WebSocket, WebSocketServer } from "ws";
import type { Address } from "../../src/core/address.ts";
import { type HttpPlane, startHttpPlane } from "../support/http-plane.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { until } from "../support/until.ts";

/** A server that sends every message back as it came, and says `bye` in a close frame with the client's code. */
async function startEcho(t: Test): Promise<{ readonly server: WebSocketServer; readonly address: Address }> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: true });
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of server.clients) socket.terminate();
    return new Promise<void>((resolve) => server.close(resolve));
  });
  server.on("connection", (socket: WebSocket) => {
    socket.on("error", () => {});
    socket.on("message", (data: Buffer, binary: boolean) => socket.send(data, { binary }));
  });
  return { server, address: { host: "127.0.0.1", port: server.address().port } };
}

async function open(t: Test, plane: HttpPlane, options = {}): Promise<WebSocket> {
  const { address } = plane;
  if ("path" in address) throw new Error("not a port");
  const socket = new WebSocket(`ws://${address.host}:${address.port}/chat?room=1`, ["chat.v2"], options);
  t.teardown(() => socket.terminate());
  await once(socket, "open");
  return socket;
}

async function setUp(t: Test) {
  const echo = await startEcho(t);
  const plane = await startHttpPlane(t, [echo.address]);
  expectNothingBuffered(t, plane);
  return { ...echo, plane };
}

/** The tunnel is over on both sides, and nothing of it is left. */
async function expectGone(plane: HttpPlane): Promise<void> {
  await until(() => plane.listenerCount("tunnels") === 0);
  await until(() => plane.listenerCount("openConnections") === 0);
  await until(() => plane.serverCount("openConnections") === 0);
}

await t.test("text, binary and ping come back, in order", async (t) => {
  const { plane, server } = await setUp(t);
  const arrived = once(server, "connection");
  const socket = await open(t, plane, { perMessageDeflate: false });
  const [, request] = await arrived;
  t.equal(request.url, "/chat?room=1");
  t.equal(socket.protocol, "chat.v2");
  t.equal(plane.listenerCount("tunnels"), 1);

  const got: (readonly [string, boolean])[] = [];
  socket.on("message", (data: Buffer, binary: boolean) => got.push([data.toString("latin1"), binary]));
  socket.send("grüß");
  socket.send(Buffer.from([0, 255, 13, 10]));
  socket.send("");
  await until(() => got.length === 3);
  t.same(got, [
    [Buffer.from("grüß").toString("latin1"), false],
    ["\0\xff\r\n", true],
    ["", false],
  ]);

  const ponged = once(socket, "pong");
  socket.ping("are you there");
  t.equal(String((await ponged)[0]), "are you there");

  const [atServer] = server.clients;
  const pinged = once(socket, "ping");
  const answered = once(atServer!, "pong");
  atServer!.ping("and you");
  t.equal(String((await pinged)[0]), "and you");
  await answered;
});

await t.test("messages of 1 MB, plain and deflated, both ways at once", async (t) => {
  const { plane } = await setUp(t);
  for (const perMessageDeflate of [false, true]) {
    const socket = await open(t, plane, { perMessageDeflate });
    t.equal(socket.extensions !== "", perMessageDeflate);
    const messages = Array.from({ length: 5 }, () => randomBytes(1_000_000));
    const got: Buffer[] = [];
    socket.on("message", (data: Buffer) => got.push(data));
    for (const message of messages) socket.send(message);
    await until(() => got.length === messages.length);
    t.ok(got.every((data, i) => data.equals(messages[i]!)));
    socket.close();
    await once(socket, "close");
  }
  await expectGone(plane);
});

await t.test("the close code goes from client to server and back", async (t) => {
  const { plane, server } = await setUp(t);
  const arrived = once(server, "connection");
  const socket = await open(t, plane);
  const [atServer] = (await arrived) as [WebSocket];
  const heard = once(atServer, "close");
  const closed = once(socket, "close");
  socket.close(4001, "enough");
  t.same((await heard).map(String), ["4001", "enough"]);
  t.same((await closed).map(String), ["4001", "enough"]);
  await expectGone(plane);
});

await t.test("and from server to client", async (t) => {
  const { plane, server } = await setUp(t);
  const arrived = once(server, "connection");
  const socket = await open(t, plane);
  const [atServer] = (await arrived) as [WebSocket];
  const closed = once(socket, "close");
  atServer.send("last words");
  atServer.close(1012, "restart");
  t.same((await once(socket, "message")).map(String), ["last words", "false"]);
  t.same((await closed).map(String), ["1012", "restart"]);
  await expectGone(plane);
});

await t.test("who is cut off takes the other with it: 1006", async (t) => {
  const { plane, server } = await setUp(t);
  for (const side of ["client", "server"] as const) {
    const arrived = once(server, "connection");
    const client = await open(t, plane);
    const [atServer] = (await arrived) as [WebSocket];
    const [leaves, stays] = side === "client" ? [client, atServer] : [atServer, client];
    const closed = once(stays, "close");
    leaves.terminate();
    t.equal((await closed)[0], 1006, `${side} leaves`);
  }
  await expectGone(plane);
});

await t.test("a server that does not want the client says so in its own words", async (t) => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, verifyClient: () => false });
  await once(server, "listening");
  t.teardown(() => new Promise<void>((resolve) => server.close(resolve)));
  const plane = await startHttpPlane(t, [{ host: "127.0.0.1", port: server.address().port }]);
  expectNothingBuffered(t, plane);
  await t.rejects(open(t, plane), { message: "Unexpected server response: 401" });
  t.equal(plane.listenerCount("tunnels"), 0);
});

await t.test("100 sockets at once, each with its own words", async (t) => {
  const { plane } = await setUp(t);
  const sockets = await Promise.all(Array.from({ length: 100 }, () => open(t, plane)));
  t.equal(plane.listenerCount("tunnels"), 100);
  const answers = await Promise.all(
    sockets.map(async (socket, i) => {
      const answer = once(socket, "message");
      socket.send(`I am ${i}`);
      return String((await answer)[0]);
    }),
  );
  t.same(
    answers,
    sockets.map((_, i) => `I am ${i}`),
  );
  for (const socket of sockets) socket.close();
  await expectGone(plane);
});
