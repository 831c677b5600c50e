/** Clients that go away or are slow: each costs no more than it may, and nobody else anything. */
import t from "tap";
import { get, head, ok, problem, request } from "../support/http-messages.ts";
import { askAndWait, setUpHttp } from "../support/http-plane.ts";
import { turns, until } from "../support/until.ts";

t.test("a client that goes frees its server", async (t) => {
  for (const way of ["close", "reset", "halfClose"] as const) {
    await t.test(`by ${way}, before the answer`, async (t) => {
      const { clock, plane, client, server } = await askAndWait(t);
      // Closing at once would be half-closing, in the way of those that wait for the answer.
      clock.advance(300);
      client[way]();
      await server.expectClose();
      await until(() => plane.listenerCount("openConnections") === 0);
      t.equal(plane.clientError("client_gone"), 1);
      t.equal(plane.serverCount("requestsInFlight"), 0);
      t.equal(plane.serverCount("openConnections"), 0);
      t.equal(plane.poolCounter("requestsInFlight"), 0);
    });

    await t.test(`by ${way}, within the answer`, async (t) => {
      const { clock, plane, client, server } = await askAndWait(t);
      clock.advance(300);
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
    const { clock, plane, client, server, connect } = await askAndWait(t, { pool: { connections: 1 } });
    const waiting = await connect();
    await waiting.send(get("/waits"));
    await until(() => plane.serverCount("pendingRequests") === 1);
    clock.advance(300);
    waiting.close();
    await until(() => plane.serverCount("pendingRequests") === 0);
    await server.send(ok("x"));
    await client.expect(ok("x"));
    t.equal(plane.serverCount("requestsInFlight"), 0);
    await client.send(get("/next"));
    await server.expect(get("/next"));
  });

  await t.test("between two requests, whose second it has sent ahead", async (t) => {
    const { clock, client, server, plane } = await askAndWait(t);
    const before = plane.bufferedBytes;
    await client.send(get("/ahead"));
    await until(() => plane.bufferedBytes > before);
    clock.advance(300);
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

t.test("a client that half-closes right behind its request is answered", async (t) => {
  const cases = {
    "one request": [get("/a")],
    "a request with a body": [`${request("POST", "/a", "Content-Length: 3")}abc`],
    "requests sent ahead": [get("/a"), get("/b"), get("/c")],
  };
  for (const [name, requests] of Object.entries(cases)) {
    await t.test(name, async (t) => {
      const { peer, plane, connect } = await setUpHttp(t);
      const client = await connect();
      await client.send(requests.join(""));
      client.halfClose();
      const server = await peer.nextConnection();
      for (const [index, sent] of requests.entries()) {
        await server.expect(sent);
        await server.send(ok(String(index)));
      }
      await client.expect(requests.map((_, index) => ok(String(index))).join(""));
      await client.expectClose();
      await until(() => plane.listenerCount("openConnections") === 0);
      t.equal(plane.clientError("client_gone"), 0);
      t.equal(plane.serverCount("openConnections"), 1, "and the server's connection is kept");
    });
  }

  await t.test("half a request behind it is dropped", async (t) => {
    const { client, server, plane } = await askAndWait(t);
    await client.send("GET /b HT");
    client.halfClose();
    await server.send(ok("x"));
    await client.expect(ok("x"));
    await client.expectClose();
    t.equal(plane.listenerCount("requestsInFlight"), 0);
  });

  for (const rest of [
    `${request("POST", "/b", "Content-Length: 10")}01234`,
    request("POST", "/b", "Content-Length: 10"),
    `${request("POST", "/b", "Transfer-Encoding: chunked")}5\r\nhel`,
    `${request("POST", "/b", "Transfer-Encoding: chunked")}0\r\nX-Trail`,
  ]) {
    await t.test(
      `a request whose body cannot become whole ends at once: ${JSON.stringify(rest)}`,
      async (t) => {
        const { client, server, plane } = await askAndWait(t);
        await client.send(rest);
        client.halfClose();
        await server.send(ok("x"));
        await client.expect(ok("x"));
        await client.expectClose();
        await until(() => plane.listenerCount("openConnections") === 0);
        t.equal(plane.listenerCount("requestsInFlight"), 0);
        t.equal(plane.serverCount("requestsInFlight"), 0);
        t.equal(plane.clientError("client_gone"), 1);
      },
    );
  }

  await t.test("a whole body that waits for a connection goes on", async (t) => {
    const { client, connect, server, peer } = await askAndWait(t, { pool: { connections: 1 } });
    const other = await connect();
    await other.send(`${request("POST", "/b", "Content-Length: 5")}01234`);
    other.halfClose();
    await server.send(ok("x", "Connection: close"));
    await client.expect(ok("x"));
    const next = await peer.nextConnection();
    await next.expect(`${request("POST", "/b", "Content-Length: 5")}01234`);
    await next.send(ok("y"));
    await other.expect(ok("y"));
    await other.expectClose();
  });

  await t.test("one that reads nothing any more is gone with the first byte of the answer", async (t) => {
    const { client, server, plane } = await askAndWait(t);
    client.close();
    await server.send(head("HTTP/1.1 200 OK", "Content-Length: 1000000"));
    await until(async () => {
      // The kernel's answer to the first byte is a reset, which the next write meets.
      await server.send("x").catch(() => {});
      return plane.clientError("client_gone") === 1;
    });
    await server.waitForEnd();
    await until(() => plane.listenerCount("openConnections") === 0);
    t.equal(plane.upstreamErrors("truncated"), 0, "the server is not to blame");
  });
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

  await t.test("who connects when this thread has stalled has all of the time", async (t) => {
    const { clock, peer, plane, connect } = await setUpHttp(t, options);
    peer.answer(() => ok("x"));
    clock.jump(60_000);
    const client = await connect();
    await until(() => plane.listenerCount("openConnections") === 1);
    clock.advance(4_000);
    await client.exchange(get(), ok("x"));
    t.equal(plane.clientError("head_timeout"), 0);
  });

  await t.test("who has spoken while this thread stalled is heard before the time counts", async (t) => {
    const { clock, peer, plane, connect } = await setUpHttp(t, options);
    peer.answer(() => ok("x"));
    const client = await connect();
    await until(() => plane.listenerCount("openConnections") === 1);
    await turns(1);
    const sent = client.send(get());
    clock.jump(60_000);
    clock.advance(1_000);
    await sent;
    await client.expect(ok("x"));
    t.equal(plane.clientError("head_timeout"), 0);
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

t.test("small buffers do not bring anything to a stop", async (t) => {
  const { peer, connect } = await setUpHttp(t, { limits: { buffer: 1_024 } });
  const client = await connect();
  const body = "x".repeat(300_000);
  const post = request("POST", "/", `Content-Length: ${body.length}`) + body;
  peer.answer(() => ok(body));
  for (let i = 0; i < 5; i++) await client.exchange(post, ok(body));
  t.same(peer.requests, Array(5).fill(post));
});
