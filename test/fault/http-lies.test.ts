/** Servers that say what is not so: too much, too little, unasked, or without end. Nobody gets what is another's. */
import t, { type Test } from "tap";
import { get, head, ok, problem } from "../support/http-messages.ts";
import { askAndWait, type HttpPlaneOptions, setUpHttp } from "../support/http-plane.ts";
import type { ScriptedConnection, ScriptedServer } from "../support/scripted-server.ts";
import type { WireClient } from "../support/wire-client.ts";

const protocol = problem(502, "protocol", { close: false });
const lengthHead = head("HTTP/1.1 200 OK", "Content-Length: 9");
const chunkedHead = head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked");

/** The client's next request opens a connection, and gets its own answer there. */
async function expectInStep(peer: ScriptedServer, client: WireClient): Promise<void> {
  await client.send(get("/in-step"));
  const next = await peer.nextConnection();
  await next.expect(get("/in-step"));
  await next.send(ok("in step"));
  await client.expect(ok("in step"));
}

t.test("bytes behind an answer", async (t) => {
  for (const [name, more] of [
    ["a second answer", ok("not yours")],
    ["the rest of a body that was said to be shorter", "rest"],
  ] as const) {
    await t.test(`${name}, while nobody asks: the connection is given up`, async (t) => {
      const { peer, plane, client, server } = await askAndWait(t);
      await server.send(ok("x"));
      await client.expect(ok("x"));
      await server.send(more);
      await server.expectClose();
      t.equal(plane.serverCount("idleConnections"), 0);
      await expectInStep(peer, client);
    });

    await t.test(`${name}, when the next request is about to go`, async (t) => {
      const { peer, client, server } = await askAndWait(t);
      await server.send(ok("x"));
      await client.expect(ok("x"));
      // Both before the next turn of the event loop.
      void client.send(get("/in-step"));
      await server.send(more);
      const next = await peer.nextConnection();
      await next.expect(get("/in-step"));
      await next.send(ok("in step"));
      await client.expect(ok("in step"));
      await server.expectClose();
    });
  }

  await t.test("what is no answer, when the next request has gone: 502", async (t) => {
    const { peer, client, server } = await askAndWait(t);
    await server.send(ok("x"));
    await client.expect(ok("x"));
    await client.send(get("/next"));
    await server.expect(get("/next"));
    await server.send(`rest${ok("mine")}`);
    await client.expect(protocol);
    await server.expectClose();
    await expectInStep(peer, client);
  });
});

t.test("garbage before a head on a new connection: 502, and the server is to blame", async (t) => {
  for (const garbage of [
    "\r\n\r\n",
    "220 mail.example ESMTP\r\n",
    "\x16\x03\x01\x02\x00",
    "HTTP/1.1 2O0 OK\r\n",
  ]) {
    const { peer, plane, client, server } = await askAndWait(t);
    await server.send(garbage + ok("x"));
    await client.expect(protocol);
    await server.expectClose();
    t.equal(plane.upstreamErrors("protocol"), 1);
    t.match(plane.logs, [/request to server failed/]);
    await expectInStep(peer, client);
  }
});

/** The server sends `piece` again and again until it is cut off; how much podmate holds of it at most. */
async function sendForever(
  { server, plane }: { server: ScriptedConnection; plane: { readonly bufferedBytes: number } },
  piece: string,
): Promise<number> {
  let most = 0;
  const many = piece.repeat(Math.ceil(4_096 / piece.length));
  while (!server.ended) {
    await server.send(many);
    most = Math.max(most, plane.bufferedBytes);
  }
  return most;
}

t.test("without end", async (t) => {
  const options: HttpPlaneOptions = { http: { head_limit: 16_384 } };
  const setUp = (t: Test) => askAndWait(t, options);

  for (const [name, start, piece] of [
    ["a line of a head", "HTTP/1.1 200 OK\r\nX: ", "x"],
    ["a reason", "HTTP/1.1 200 ", "x"],
    ["fields", "HTTP/1.1 200 OK\r\n", "X: y\r\n"],
  ] as const) {
    await t.test(`${name}: 502`, async (t) => {
      const set = await setUp(t);
      await set.server.send(start);
      const most = await sendForever(set, piece);
      t.ok(most <= 131_072, `${most} bytes were held`);
      await set.client.expect(protocol);
      await expectInStep(set.peer, set.client);
    });
  }

  await t.test("interim answers: 502, behind as many as a head may be long", async (t) => {
    const hint = head("HTTP/1.1 103 Early Hints", "Link: </a>");
    const { peer, client, server, plane } = await setUp(t);
    const most = await sendForever({ server, plane }, hint);
    t.ok(most <= 131_072, `${most} bytes were held`);
    const heads = await client.readUntil("HTTP/1.1 502");
    const passed = heads.length - "HTTP/1.1 502".length;
    t.equal(heads.toString("latin1", 0, passed), hint.repeat(Math.floor(16_384 / hint.length)));
    await client.expect(protocol.slice("HTTP/1.1 502".length));
    await expectInStep(peer, client);
  });

  await t.test("but each request may have as many", async (t) => {
    const hints = head("HTTP/1.1 103 Early Hints", `Link: ${"x".repeat(10_000)}`);
    const { client, server } = await setUp(t);
    for (let i = 0; i < 4; i++) {
      await server.send(hints + ok("x"));
      await client.expect(hints + ok("x"));
      await client.send(get());
      await server.expect(get());
    }
  });

  for (const [name, start, piece] of [
    ["the line of a chunk", "5;x=", "x"],
    ["zeros of a chunk's size", "0", "0"],
    ["trailers", "0\r\n", "X: y\r\n"],
    ["a trailer", "0\r\nX: ", "y"],
  ] as const) {
    await t.test(`${name}: cut off`, async (t) => {
      const set = await setUp(t);
      await set.server.send(chunkedHead + start);
      const most = await sendForever(set, piece);
      t.ok(most <= 131_072, `${most} bytes were held`);
      await set.client.waitForEnd();
      t.notOk(set.client.received.includes("0\r\n\r\n"), "it does not look complete");
    });
  }
});

t.test("bodies that break off with a reset", async (t) => {
  for (const [name, start, gets] of [
    ["within a length", `${lengthHead}part`, `${lengthHead}part`],
    ["within a chunk", `${chunkedHead}9\r\npart`, `${chunkedHead}9\r\npart`],
    ["between chunks", `${chunkedHead}4\r\npart\r\n`, `${chunkedHead}4\r\npart\r\n`],
    ["before the end of the connection", `${head("HTTP/1.1 200 OK")}part`, `${chunkedHead}4\r\npart\r\n`],
  ] as const) {
    await t.test(`${name}: the client sees it`, async (t) => {
      const { peer, plane, client, server } = await askAndWait(t);
      await server.send(start);
      await client.expect(gets);
      server.reset();
      await client.expectClose();
      t.equal(plane.upstreamErrors("truncated"), 1);
      t.equal(plane.serverCount("openConnections"), 0);
      t.equal(peer.accepted, 1);
    });
  }

  await t.test("a client of HTTP/1.0 that could not see it otherwise gets a reset, too", async (t) => {
    for (const start of [head("HTTP/1.1 200 OK"), `${chunkedHead}4\r\n`]) {
      const { peer, connect } = await setUpHttp(t);
      const client = await connect();
      await client.send(get().replace("HTTP/1.1", "HTTP/1.0"));
      const server = await peer.nextConnection();
      await server.expect(get());
      await server.send(`${start}part`);
      await client.readUntil("part");
      server.reset();
      await client.waitForEnd();
      t.equal(client.ended, "ECONNRESET");
    }
  });

  await t.test("the same requests that are not cut off end well", async (t) => {
    const { peer, connect } = await setUpHttp(t);
    const client = await connect();
    await client.send(get().replace("HTTP/1.1", "HTTP/1.0"));
    const server = await peer.nextConnection();
    await server.expect(get());
    await server.send(`${head("HTTP/1.1 200 OK")}whole`);
    server.halfClose();
    await client.readUntil("whole");
    await client.expectClose();
    t.equal(client.ended, "closed");
  });
});
