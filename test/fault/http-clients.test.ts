/** Clients that go away, are slow, or take nothing: each costs no more than it may, and nobody else anything. */
import t from "tap";
import { get, head, ok, problem, request } from "../support/http-messages.ts";
import { askAndWait, setUpHttp } from "../support/http-plane.ts";
import { turns, until } from "../support/until.ts";

t.test("a client that goes frees its server", async (t) => {
  for (const way of ["close", "reset", "halfClose"] as const) {
    await t.test(`by ${way}, before the answer`, async (t) => {
      const { plane, client, server } = await askAndWait(t);
      client[way]();
      await server.expectClose();
      await until(() => plane.listenerCount("openConnections") === 0);
      t.equal(plane.clientError("client_gone"), 1);
      t.equal(plane.serverCount("requestsInFlight"), 0);
      t.equal(plane.serverCount("openConnections"), 0);
      t.equal(plane.poolCounter("requestsInFlight"), 0);
    });

    await t.test(`by ${way}, within the answer`, async (t) => {
      const { plane, client, server } = await askAndWait(t);
      await server.send(`${head("HTTP/1.1 200 OK", "Content-Length: 10")}01234`);
      await client.readUntil("01234");
      client[way]();
      await server.waitForEnd();
      await until(() => plane.listenerCount("openConnections") === 0);
      t.equal(plane.clientError("client_gone"), 1);
      t.equal(plane.upstreamErrors("truncated"), 0, "the server is not to blame");
    });
  }

  await t.test("within its body", async (t) => {
    const ask = `${request("POST", "/", "Content-Length: 10")}01234`;
    const { plane, client, server } = await askAndWait(t, {}, ask);
    client.close();
    await server.expectClose();
    t.equal(plane.clientError("client_gone"), 1);
  });

  await t.test("while its request waits for a connection", async (t) => {
    const { plane, client, server, connect } = await askAndWait(t, { pool: { connections: 1 } });
    const waiting = await connect();
    await waiting.send(get("/waits"));
    await until(() => plane.serverCount("pendingRequests") === 1);
    waiting.close();
    await until(() => plane.serverCount("pendingRequests") === 0);
    await server.send(ok("x"));
    await client.expect(ok("x"));
    t.equal(plane.serverCount("requestsInFlight"), 0);
    await client.send(get("/next"));
    await server.expect(get("/next"));
  });

  await t.test("between two requests, whose second it has sent ahead", async (t) => {
    const { client, server, plane } = await askAndWait(t);
    await client.send(get("/ahead"));
    client.close();
    await server.expectClose();
    await until(() => plane.listenerCount("openConnections") === 0);
    t.equal(plane.listenerCount("requestsInFlight"), 0);
  });
});

t.test("a client that half-closes behind a whole answer is let go", async (t) => {
  const { plane, client, server } = await askAndWait(t);
  await server.send(ok("x"));
  await client.expect(ok("x"));
  client.halfClose();
  await client.expectClose();
  await until(() => plane.listenerCount("openConnections") === 0);
  t.equal(plane.clientError("client_gone"), 0);
});

t.test("slow heads", async (t) => {
  const options = { listener: { head_timeout: 5_000 } };

  await t.test("a head that does not end: 408", async (t) => {
    const { clock, plane, connect } = await setUpHttp(t, options);
    const client = await connect();
    await client.send("GET / HTTP/1.1\r\nX: ");
    await until(() => plane.listenerCount("bufferedBytes") === 0 && plane.bufferedBytes > 0);
    for (let i = 0; i < 4; i++) {
      await client.send("y");
      await turns();
      clock.advance(1_000);
    }
    t.equal(plane.clientError("head_timeout"), 0);
    clock.advance(3_000);
    await client.expect(problem(408, "head-timeout", { date: "Thu, 01 Jan 2026 00:00:05 GMT" }));
    await client.expectClose();
    t.equal(plane.clientError("head_timeout"), 1);
  });

  await t.test("a client that never says a word is closed without one", async (t) => {
    const { clock, plane, connect } = await setUpHttp(t, options);
    const client = await connect();
    await until(() => plane.listenerCount("openConnections") === 1);
    clock.advance(6_000);
    await client.expectClose();
    t.equal(plane.clientError("head_timeout"), 1);
  });

  await t.test("the second head on a connection has its own time", async (t) => {
    const { clock, peer, connect } = await setUpHttp(t, options);
    peer.answer(() => ok("x"));
    const client = await connect();
    await client.exchange(get(), ok("x"));
    clock.advance(60_000);
    await client.send("GET /b HTT");
    await turns();
    clock.advance(4_000);
    await client.exchange(get("/b").slice("GET /b HTT".length), ok("x"));
    await client.send("GET /c HTT");
    await turns();
    clock.advance(7_000);
    await client.readUntil("head-timeout");
  });

  await t.test("no limit", async (t) => {
    const { clock, peer, connect } = await setUpHttp(t, { listener: { head_timeout: 0 } });
    peer.answer(() => ok("x"));
    const client = await connect();
    await client.send("GET / HTTP/1.1\r\n");
    await turns();
    clock.advance(3_600_000);
    await client.exchange("Host: h\r\n\r\n", ok("x"));
  });
});

t.test("slow bodies", async (t) => {
  const options = { listener: { body_timeout: 5_000 } };
  const post = request("POST", "/", "Content-Length: 10");

  await t.test("a body that stops: 408, and the server's connection ends", async (t) => {
    const { clock, plane, client, server } = await askAndWait(t, options, post);
    for (let i = 0; i < 4; i++) {
      await client.send(String(i));
      await server.expect(String(i));
      clock.advance(3_000);
    }
    t.equal(plane.clientError("body_timeout"), 0, "pauses count, not the whole");
    clock.advance(4_000);
    await client.expect(problem(408, "request-body-timeout", { date: "Thu, 01 Jan 2026 00:00:14 GMT" }));
    await client.expectClose();
    await server.expectClose();
    t.equal(plane.clientError("body_timeout"), 1);
    t.equal(plane.upstreamErrors("timeout"), 0, "the server is not to blame");
  });

  await t.test("a body that stops while its answer comes: cut off", async (t) => {
    const { clock, client, server } = await askAndWait(t, options, post);
    await server.send(`${head("HTTP/1.1 200 OK", "Content-Length: 3")}x`);
    await client.expect(`${head("HTTP/1.1 200 OK", "Content-Length: 3", "Connection: close")}x`);
    clock.advance(7_000);
    await client.expectClose();
    await server.expectClose();
  });

  await t.test("a client that waits for a 100 is not slow: the server is", async (t) => {
    const ask = request("POST", "/", "Expect: 100-continue", "Content-Length: 10");
    const { clock, plane, client, server } = await askAndWait(t, options, ask);
    clock.advance(7_000);
    await client.expect(problem(504, "timeout", { date: "Thu, 01 Jan 2026 00:00:05 GMT" }));
    await server.expectClose();
    t.equal(plane.clientError("body_timeout"), 0);
    t.equal(plane.upstreamErrors("timeout"), 1);
  });
});

t.test("an idle client is closed after its time, and not before", async (t) => {
  const { clock, peer, plane, connect } = await setUpHttp(t, { listener: { idle_timeout: 5_000 } });
  peer.answer(() => ok("x"));
  const client = await connect();
  for (let i = 0; i < 3; i++) {
    await client.exchange(get(), ok("x"));
    clock.advance(4_000);
  }
  t.equal(plane.clientError("idle"), 0);
  clock.advance(2_000);
  await client.expectClose();
  t.equal(plane.clientError("idle"), 1);
});

t.test("a client that waits for its answer is not idle", async (t) => {
  const { clock, client, server } = await askAndWait(t, {
    listener: { idle_timeout: 1_000 },
    pool: { timeout: 0 },
  });
  clock.advance(60_000);
  await server.send(ok("x"));
  await client.expect(ok("x"));
});

t.test("a client that does not read", async (t) => {
  const amount = 32 << 20;
  const answer = head("HTTP/1.1 200 OK", `Content-Length: ${amount}`);

  await t.test("holds its server back, with bounded memory, and nobody else", async (t) => {
    const { client, server, plane, connect, peer } = await askAndWait(t);
    client.pause();
    await server.send(answer);
    let taken = false;
    void server.send(Buffer.alloc(amount, "x")).then(() => {
      taken = true;
    });
    await until(() => plane.bufferedBytes > 0);
    const before = plane.serverCount("readBytes");
    peer.answer(() => ok("y"));
    const other = await connect();
    for (let i = 0; i < 20; i++) await other.exchange(get("/other"), ok("y"));
    t.ok(plane.bufferedBytes < 2 << 20, `${plane.bufferedBytes} bytes are held`);
    t.ok(plane.serverCount("readBytes") - before < 8 << 20);
    t.notOk(taken, "the server has to wait");
    client.resume();
    await client.expect(answer);
    const body = await client.read(amount);
    t.ok(body.equals(Buffer.alloc(amount, "x")));
  });

  await t.test("is cut off when it has taken nothing for body_timeout", async (t) => {
    const { client, server, plane, clock } = await askAndWait(t, { listener: { body_timeout: 5_000 } });
    client.pause();
    await server.send(answer);
    void server.send(Buffer.alloc(amount, "x"));
    await until(() => plane.bufferedBytes > 0);
    await turns(50);
    clock.advance(4_000);
    t.equal(plane.clientError("client_too_slow"), 0);
    clock.advance(4_000);
    t.equal(plane.clientError("client_too_slow"), 1);
    await server.waitForEnd();
    await until(() => plane.bufferedBytes === 0);
    t.equal(plane.upstreamErrors("body_timeout"), 0, "the server is not to blame");
  });

  await t.test("but takes a little now and then is not", async (t) => {
    const { client, server, plane, clock } = await askAndWait(t, { listener: { body_timeout: 3_000 } });
    client.pause();
    await server.send(head("HTTP/1.1 200 OK", `Content-Length: ${2 ** 40}`));
    const sent = (async () => {
      while (!server.ended) await server.send(Buffer.alloc(1 << 20));
    })();
    await until(() => plane.bufferedBytes > 0);
    await turns(50);
    for (let i = 0; i < 6; i++) {
      clock.advance(1_000);
      // The kernel may hold megabytes for the client, and tells podmate of room only when much of that is gone.
      const before = plane.serverCount("readBytes");
      client.resume();
      await until(() => plane.serverCount("readBytes") > before);
      client.pause();
      await turns(20);
    }
    t.equal(client.ended, null);
    t.equal(plane.clientError("client_too_slow"), 0);
    client.reset();
    await sent;
  });

  await t.test("and has its whole answer waiting for it is cut off, too", async (t) => {
    const { client, server, plane, clock } = await askAndWait(t, { listener: { body_timeout: 5_000 } });
    client.pause();
    // More than the kernel takes, in pieces of which none is large.
    const piece = ok("x".repeat(100_000));
    await server.send(piece);
    do {
      await client.send(get());
      await server.expect(get());
      await server.send(piece);
      await turns(20);
    } while (plane.bufferedBytes === 0);
    await until(() => plane.listenerCount("requestsInFlight") === 0);
    clock.advance(8_000);
    await until(() => plane.bufferedBytes === 0);
    t.equal(plane.clientError("client_too_slow"), 1);
    t.equal(plane.listenerCount("openConnections"), 0);
  });

  await t.test("and goes on asking is not read any more", async (t) => {
    const { connect, peer, plane } = await setUpHttp(t, { route: { path: "/api" } });
    peer.answer(() => ok("x"));
    const client = await connect();
    client.pause();
    let sent = 0;
    let blocked = false;
    const burst = get("/none").repeat(500);
    while (!blocked && sent < 1_000) {
      blocked = true;
      void client.send(burst).then(() => {
        blocked = false;
      });
      sent++;
      await turns(20);
    }
    t.ok(blocked, "it has to wait");
    t.ok(plane.bufferedBytes < 4 << 20, `${plane.bufferedBytes} bytes are held`);
    client.resume();
    const one = problem(404, "no-route", { close: false });
    const all = await client.read(500 * sent * one.length);
    t.equal(all.length, 500 * sent * one.length, "every one is answered");
  });
});

t.test("small buffers do not bring anything to a stop", async (t) => {
  const { peer, connect } = await setUpHttp(t, { limits: { buffer: 1_024 } });
  const client = await connect();
  const body = "x".repeat(300_000);
  const post = request("POST", "/", `Content-Length: ${body.length}`) + body;
  peer.answer(() => ok(body));
  for (let i = 0; i < 5; i++) await client.exchange(post, ok(body));
  t.same(peer.requests, Array(5).fill(post));
});
