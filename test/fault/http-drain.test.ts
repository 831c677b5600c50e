/** Pause, resume and drain of HTTP: what is under way is answered, and clients are told that the connection ends. */
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import t from "tap";
import type { Address } from "../../src/core/address.ts";
import { chunks, get, head, ok, request } from "../support/http-messages.ts";
import { httpSnapshot, setUpHttp, startHttpPeer } from "../support/http-plane.ts";
import { HttpTraffic, serveEchoes } from "../support/http-traffic.ts";
import { turns, until } from "../support/until.ts";

const closing = (body: string) => ok(body, "Connection: close");

/** Whether nobody listens there any more. */
async function isRefused(address: Address): Promise<boolean> {
  const socket = connectSocket(address);
  const refused = await once(socket, "connect").then(
    () => false,
    () => true,
  );
  socket.destroy();
  return refused;
}

t.test("drain: idle clients go at once, others with their answer, and nobody new comes", async (t) => {
  const { peer, plane, connect } = await setUpHttp(t);
  const silent = await connect();
  const idle = await connect();
  const busy = await connect();
  await idle.send(get("/idle"));
  const server = await peer.nextConnection();
  await server.expect(get("/idle"));
  await server.send(ok("x"));
  await idle.expect(ok("x"));
  await busy.send(get("/busy"));
  await server.expect(get("/busy"));
  const { address } = plane;
  let drained = false;
  const draining = plane.plane.drain().then(() => {
    drained = true;
  });
  await silent.expectClose();
  await idle.expectClose();
  await until(() => isRefused(address));
  t.notOk(drained);
  await server.send(ok("answer"));
  await busy.expect(closing("answer"));
  await busy.expectClose();
  await draining;
  t.equal(plane.listenerCount("openConnections"), 0);
});

t.test("drain: an answer that has begun is told to its end, however it is framed", async (t) => {
  for (const [name, lines, first, rest] of [
    ["by length", ["Content-Length: 6"], "abc", "def"],
    ["by chunks", ["Transfer-Encoding: chunked"], "3\r\nabc\r\n", chunks("def")],
  ] as const) {
    const { peer, plane, connect } = await setUpHttp(t);
    const client = await connect();
    await client.send(get());
    const server = await peer.nextConnection();
    await server.expect(get());
    const begun = `${head("HTTP/1.1 200 OK", ...lines)}${first}`;
    await server.send(begun);
    await client.expect(begun);
    const draining = plane.plane.drain();
    await turns(30);
    t.equal(client.ended, null, name);
    await server.send(rest);
    await client.expect(rest);
    await client.expectClose();
    await draining;
  }
});

t.test("drain: a request of which a part has come is served, be it of the head or of the body", async (t) => {
  const whole = `${request("POST", "/", "Content-Length: 10")}0123456789`;
  for (const cut of [1, 20, whole.length - 10, whole.length - 5]) {
    const { peer, plane, connect } = await setUpHttp(t);
    peer.answer(() => ok("done"));
    const client = await connect();
    // Until the proxy has accepted the client, it counts as one that has said nothing.
    await until(() => plane.listenerCount("openConnections") === 1);
    await client.send(whole.slice(0, cut));
    const draining = plane.plane.drain();
    await turns(30);
    t.equal(client.ended, null, `after ${cut} bytes`);
    await client.send(whole.slice(cut));
    await client.expect(closing("done"));
    await client.expectClose();
    await draining;
    t.same(peer.requests, [whole]);
  }
});

t.test("drain: one that stops in the middle of a request is told so in the end", async (t) => {
  const { clock, plane, connect } = await setUpHttp(t, { listener: { head_timeout: 5_000 } });
  const client = await connect();
  await until(() => plane.listenerCount("openConnections") === 1);
  await client.send("GET / HTTP/1.1\r\nHo");
  const draining = plane.plane.drain();
  await turns(10);
  clock.advance(6_000);
  await client.readUntil("podmate-error: head-timeout");
  await client.waitForEnd();
  await draining;
});

t.test("drain: what is pipelined behind the last answer does not go to a server", async (t) => {
  const { peer, plane, connect } = await setUpHttp(t);
  const client = await connect();
  await client.send(get("/a") + get("/b"));
  const server = await peer.nextConnection();
  await server.expect(get("/a"));
  const draining = plane.plane.drain();
  await turns(10);
  await server.send(ok("a"));
  // After `Connection: close` a client knows that the rest was not done (RFC 9112 9.6).
  await client.expect(closing("a"));
  await client.expectClose();
  await draining;
  t.same(peer.requests, [get("/a")]);
});

t.test("drain: requests that had been sent are answered, though they had not been read", async (t) => {
  const { peer, plane, connect } = await setUpHttp(t);
  peer.answer((text) => ok(text.split(" ")[1]));
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect()));
  for (const client of clients) await client.exchange(get("/first"), ok("/first"));
  // In one go: the requests are with the kernel, and the plane has not seen them.
  const sent = clients.map((client, i) => client.send(get(`/${i}`)));
  const draining = plane.plane.drain();
  await Promise.all(sent);
  for (const [i, client] of clients.entries()) {
    await client.expect(closing(`/${i}`));
    await client.expectClose();
  }
  await draining;
});

t.test("drain: a tunnel goes on until one of its ends closes it", async (t) => {
  const { peer, plane, connect } = await setUpHttp(t);
  const client = await connect();
  const ask = get("/", "Upgrade: websocket", "Connection: Upgrade");
  await client.send(ask);
  const server = await peer.nextConnection();
  await server.readUntil("\r\n\r\n");
  await server.send(head("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"));
  await client.readUntil("\r\n\r\n");
  const draining = plane.plane.drain();
  await turns(30);
  await client.send("ping");
  await server.expect("ping");
  await server.send("pong");
  await client.expect("pong");
  server.close();
  await client.expectClose();
  await draining;
});

t.test("drain under traffic: every request is answered, or was not begun", async (t) => {
  const { peers, plane } = await setUpHttp(t, { route: { hash: [{ kind: "path" }] } }, 2);
  for (const [i, peer] of peers.entries()) serveEchoes(peer, `s${i}`);
  const next = await startHttpPeer(t);
  serveEchoes(next, "next");
  const other = await setUpHttp(t);
  serveEchoes(other.peer, "other");
  const traffic = HttpTraffic.start(t, plane.address, 8, { mayBeClosed: true });
  await traffic.more();
  // As of two podmates that take turns: who is told to go connects to the other one.
  traffic.address = other.plane.address;
  await plane.plane.drain();
  const { length } = other.peer.requests;
  await traffic.more();
  t.ok(other.peer.requests.length > length);
  t.same(traffic.failures, []);
  t.equal(plane.listenerCount("requestsInFlight"), 0);
});

t.test("pause holds new requests and answers those under way; resume loses none", async (t) => {
  const { clock, peer, plane, connect } = await setUpHttp(t, {
    listener: { head_timeout: 5_000, idle_timeout: 5_000 },
  });
  const client = await connect();
  await client.send(get("/a"));
  const server = await peer.nextConnection();
  await server.expect(get("/a"));
  plane.plane.pause();
  await server.send(ok("a"));
  await client.expect(ok("a"));
  await client.send(get("/b") + get("/c"));
  const late = await connect();
  await late.send(`${request("POST", "/d", "Content-Length: 3")}abc`);
  await turns(30);
  t.equal(server.received.length, 0, "nothing goes to the server");
  // Who is made to wait is not blamed for it.
  clock.advance(60_000);
  await turns(10);
  t.same([client.ended, late.ended], [null, null]);
  peer.answer((text) => ok(text.split(" ")[1]));
  plane.plane.resume();
  await client.expect(ok("/b") + ok("/c"));
  await late.expect(ok("/d"));
  const paths = peer.requests.map((text) => text.split(" ")[1]);
  t.same(paths.sort(), ["/a", "/b", "/c", "/d"], "each came once");
});

t.test("a body whose request came before the pause goes on", async (t) => {
  const { peer, plane, connect } = await setUpHttp(t);
  peer.answer(() => ok("done"));
  const client = await connect();
  await client.send(`${request("POST", "/", "Content-Length: 10")}01234`);
  await (await peer.nextConnection()).readUntil("01234");
  plane.plane.pause();
  await client.send("56789");
  await client.expect(ok("done"));
  plane.plane.resume();
  await client.exchange(get(), ok("done"));
});

t.test("what is sent while paused stays in the kernel, however many send", async (t) => {
  const { peer, plane, connect } = await setUpHttp(t);
  peer.answer(() => ok("x"));
  const clients = await Promise.all(Array.from({ length: 50 }, () => connect()));
  for (const client of clients) await client.exchange(get(), ok("x"));
  plane.plane.pause();
  const late = await connect();
  for (const client of [...clients, late]) void client.send(get(`/${"p".repeat(4_000)}`).repeat(100));
  await turns(200);
  t.equal(plane.bufferedBytes, 0);
  plane.plane.resume();
  for (const client of [...clients, late]) await client.expect(ok("x").repeat(100));
});

t.test("pause and resume under traffic: no request is lost, and none is answered wrongly", async (t) => {
  const { peers, plane } = await setUpHttp(t, { route: { hash: [{ kind: "path" }] } }, 2);
  for (const [i, peer] of peers.entries()) serveEchoes(peer, `s${i}`);
  const traffic = HttpTraffic.start(t, plane.address, 8);
  for (let round = 0; round < 10; round++) {
    await traffic.more(5);
    plane.plane.pause();
    await until(() => plane.plane.load().requests === 0);
    const before = peers.map(({ requests }) => requests.length);
    await turns(20);
    t.same(
      peers.map(({ requests }) => requests.length),
      before,
    );
    plane.plane.resume();
  }
  await traffic.more();
  t.same(traffic.failures, []);
  t.equal(traffic.connects, 8, "nobody had to connect again");
});

t.test("drain: what was held by a pause is answered first", async (t) => {
  const { peer, plane, connect } = await setUpHttp(t);
  peer.answer(() => ok("x"));
  const client = await connect();
  const idle = await connect();
  await idle.exchange(get(), ok("x"));
  plane.plane.pause();
  await client.send(get("/held"));
  await turns(20);
  const draining = plane.plane.drain();
  await client.readUntil("\r\n\r\nx");
  await client.expectClose();
  await idle.expectClose();
  await draining;
  t.equal(peer.requests.at(-1), get("/held"));
});

t.test("a listener that a reload removes lets its clients finish at the servers they had", async (t) => {
  const { clock, peer, plane, connect } = await setUpHttp(t);
  const client = await connect();
  const idle = await connect();
  await client.send(get("/a"));
  const server = await peer.nextConnection();
  await server.expect(get("/a"));
  const other = await startHttpPeer(t);
  await plane.plane.apply(httpSnapshot([other.address], { listener: { name: "elsewhere" } }));
  await idle.expectClose();
  await server.send(ok("a"));
  await client.expect(closing("a"));
  await client.expectClose();
  t.equal(other.accepted, 0);
  clock.advance(1_000);
  await until(() => peer.open === 0, "the removed server is let go");
});
