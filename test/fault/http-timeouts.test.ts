/** Servers that are slow: to connect, to begin, in the middle, or altogether. Nobody waits longer than was said. */
import t from "tap";
import { chunks, get, head, ok, problem, request } from "../support/http-messages.ts";
import { askAndWait, setUpHttp } from "../support/http-plane.ts";
import { turns, until } from "../support/until.ts";

/** Date of an answer given so many seconds after the start of a test. */
function after(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toUTCString();
}

/** TLS to a server that accepts connections and never says a word: no connection comes to stand. */
const tls = { verify: false };

t.test("opening a connection", async (t) => {
  await t.test("502 after connect_timeout, and the attempt is given up", async (t) => {
    const { clock, peer, plane, connect } = await setUpHttp(t, { pool: { tls, connect_timeout: 2_000 } });
    const client = await connect();
    await client.send(get());
    const server = await peer.nextConnection();
    await server.read(1);
    clock.advance(1_900);
    t.equal(plane.upstreamErrors("connect"), 0);
    clock.advance(200);
    await client.expect(problem(502, "connect", { close: false, date: after(2) }));
    await server.waitForEnd();
    t.equal(plane.upstreamErrors("connect"), 1);
  });

  await t.test("504 where the request as a whole may not take so long", async (t) => {
    const { clock, peer, connect } = await setUpHttp(t, { pool: { tls }, http: { request_timeout: 1_000 } });
    const client = await connect();
    await client.send(get());
    const server = await peer.nextConnection();
    await server.read(1);
    clock.advance(1_100);
    await client.expect(problem(504, "timeout", { close: false, date: after(1) }));
    await server.waitForEnd();
  });
});

t.test("the head of an answer", async (t) => {
  const options = { pool: { timeout: 3_000 } };

  await t.test("504, and the late answer is nobody's", async (t) => {
    const { clock, peer, plane, client, server } = await askAndWait(t, options);
    clock.advance(2_800);
    t.equal(plane.upstreamErrors("timeout"), 0);
    clock.advance(400);
    await server.send(ok("late"));
    await client.expect(problem(504, "timeout", { close: false, date: after(3) }));
    await server.waitForEnd();
    t.equal(plane.upstreamErrors("timeout"), 1);
    await client.send(get("/next"));
    const next = await peer.nextConnection();
    await next.expect(get("/next"));
    await next.send(ok("in time"));
    await client.expect(ok("in time"));
  });

  await t.test("to HEAD: 504 without a body", async (t) => {
    const { clock, client } = await askAndWait(t, options, request("HEAD", "/"));
    clock.advance(3_400);
    await client.expect(problem(504, "timeout", { close: false, body: false, date: after(3) }));
    await client.send(get("/next"));
  });

  await t.test("a head that comes in drips has no more time", async (t) => {
    const { clock, plane, client, server } = await askAndWait(t, options);
    let sent = 0;
    for (const piece of ["HTTP/1.1", " 200", " OK\r\n"]) {
      await server.send(piece);
      sent += piece.length;
      await until(() => plane.serverCount("readBytes") === sent);
      clock.advance(900);
    }
    t.equal(plane.upstreamErrors("timeout"), 0);
    clock.advance(700);
    await client.expect(problem(504, "timeout", { close: false, date: after(3) }));
    await server.expectClose();
  });

  await t.test("nor has one behind interim answers", async (t) => {
    const hint = head("HTTP/1.1 103 Early Hints", "Link: </a>");
    const { clock, client, server } = await askAndWait(t, options);
    for (let i = 0; i < 3; i++) {
      await server.send(hint);
      await client.expect(hint);
      clock.advance(900);
    }
    clock.advance(700);
    await client.expect(problem(504, "timeout", { close: false, date: after(3) }));
    await server.expectClose();
  });

  await t.test("the time begins with the last byte of the request", async (t) => {
    const ask = request("POST", "/", "Content-Length: 3");
    const { clock, client, server } = await askAndWait(t, options, ask);
    for (const piece of ["a", "b"]) {
      clock.advance(2_500);
      await client.send(piece);
      await server.expect(piece);
    }
    clock.advance(2_500);
    await client.send("c");
    await server.expect("c");
    clock.advance(2_800);
    await server.send(ok("x"));
    await client.expect(ok("x"));
  });

  await t.test("no limit", async (t) => {
    const { clock, client, server } = await askAndWait(t, { pool: { timeout: 0 } });
    clock.advance(3_600_000);
    await server.send(ok("x"));
    await client.expect(ok("x"));
  });
});

t.test("pauses", async (t) => {
  const options = { http: { body_timeout: 3_000 } };
  const lengthHead = head("HTTP/1.1 200 OK", "Content-Length: 9");
  const chunkedHead = head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked");

  await t.test("in a body with a length: cut off where it stands", async (t) => {
    const { clock, plane, client, server } = await askAndWait(t, options);
    await server.send(lengthHead);
    await client.expect(lengthHead);
    for (let i = 0; i < 4; i++) {
      clock.advance(2_500);
      await server.send("x");
      await client.expect("x");
    }
    t.equal(plane.upstreamErrors("body_timeout"), 0, "pauses count, not the whole");
    clock.advance(3_200);
    await client.expectClose();
    await server.expectClose();
    t.equal(plane.upstreamErrors("body_timeout"), 1);
  });

  await t.test("in a chunked body: the last chunk is missing", async (t) => {
    const { clock, client, server } = await askAndWait(t, options);
    await server.send(`${chunkedHead}1\r\nx\r\n`);
    await client.expect(`${chunkedHead}1\r\nx\r\n`);
    clock.advance(3_200);
    await client.expectClose();
    t.not(client.ended, "ECONNRESET", "what there is of it can be read");
    await server.expectClose();
  });

  await t.test("in a body without a length: the last chunk is missing, too", async (t) => {
    const { clock, client, server } = await askAndWait(t, options);
    await server.send(`${head("HTTP/1.1 200 OK")}x`);
    await client.expect(`${chunkedHead}1\r\nx\r\n`);
    clock.advance(3_200);
    await client.expectClose();
    await server.expectClose();
  });

  await t.test("and where only the end of the connection could tell: a reset", async (t) => {
    const { clock, peer, connect } = await setUpHttp(t, options);
    const client = await connect();
    await client.send(get().replace("HTTP/1.1", "HTTP/1.0"));
    const server = await peer.nextConnection();
    await server.expect(get());
    await server.send(`${head("HTTP/1.1 200 OK")}body`);
    await client.readUntil("body");
    clock.advance(3_200);
    await client.waitForEnd();
    t.equal(client.ended, "ECONNRESET");
    await server.expectClose();
  });

  await t.test("of a server that takes nothing of a request's body: 504", async (t) => {
    const amount = 32 << 20;
    const ask = request("POST", "/", `Content-Length: ${amount}`);
    const { clock, plane, client, server } = await askAndWait(t, options, ask);
    server.pause();
    void client.send(Buffer.alloc(amount, "x"));
    await until(() => plane.bufferedBytes > 262_144);
    await turns(50);
    clock.advance(2_500);
    t.equal(plane.upstreamErrors("body_timeout"), 0);
    clock.advance(1_500);
    await client.expect(problem(504, "body-timeout", { date: after(3) }));
    await client.waitForEnd();
    server.resume();
    await server.waitForEnd();
    t.equal(plane.clientError("body_timeout"), 0, "the client is not to blame");
  });

  await t.test("that a client makes are none of the server's", async (t) => {
    const ask = `${request("POST", "/", "Content-Length: 4")}ab`;
    const { clock, plane, client, server } = await askAndWait(t, options, ask);
    clock.advance(9_000);
    await client.send("cd");
    await server.expect("cd");
    await server.send(ok("x"));
    await client.expect(ok("x"));
    t.equal(plane.upstreamErrors("body_timeout"), 0);
  });

  await t.test("no limit", async (t) => {
    const { clock, client, server } = await askAndWait(t, { http: { body_timeout: 0 } });
    await server.send(`${chunkedHead}1\r\nx\r\n`);
    await client.expect(`${chunkedHead}1\r\nx\r\n`);
    clock.advance(3_600_000);
    await server.send(chunks());
    await client.expect(chunks());
  });
});

t.test("the request as a whole", async (t) => {
  const options = { http: { request_timeout: 3_000 } };

  await t.test("504 before a head has come", async (t) => {
    const { clock, plane, client, server } = await askAndWait(t, options);
    clock.advance(2_800);
    t.equal(plane.upstreamErrors("timeout"), 0);
    clock.advance(400);
    await client.expect(problem(504, "timeout", { close: false, date: after(3) }));
    await server.expectClose();
  });

  await t.test("cut off behind it, although bytes come all the time", async (t) => {
    const { clock, plane, client, server } = await askAndWait(t, options);
    const start = head("HTTP/1.1 200 OK", "Content-Length: 9");
    await server.send(start);
    await client.expect(start);
    for (let i = 0; i < 3; i++) {
      clock.advance(900);
      await server.send("x");
      await client.expect("x");
    }
    clock.advance(700);
    await client.expectClose();
    await server.expectClose();
    t.equal(plane.upstreamErrors("timeout"), 1);
  });

  await t.test("a route's own limit takes precedence", async (t) => {
    const { clock, client, server } = await askAndWait(t, { ...options, route: { timeout: 5_000 } });
    clock.advance(4_500);
    await server.send(head("HTTP/1.1 200 OK", "Content-Length: 1"));
    await client.expect(head("HTTP/1.1 200 OK", "Content-Length: 1"));
    clock.advance(700);
    await client.expectClose();
  });

  await t.test("further attempts get what is left of it", async (t) => {
    const { clock, peer, plane, client, server } = await askAndWait(t, {
      ...options,
      retry: { attempts: 9, on: ["reset", "timeout"] },
    });
    clock.advance(2_000);
    server.reset();
    const second = await peer.nextConnection();
    await second.expect(get());
    clock.advance(1_200);
    await client.expect(problem(504, "timeout", { close: false, date: after(3) }));
    await second.expectClose();
    t.equal(plane.poolCounter("retries"), 1, "and none is made when it is over");
  });

  await t.test("the time in which it waits for a connection counts", async (t) => {
    const { clock, plane, client, server, connect } = await askAndWait(t, {
      http: { request_timeout: 3_000 },
      pool: { connections: 1 },
    });
    clock.advance(1_000);
    const waiting = await connect();
    await waiting.send(get("/waits"));
    await until(() => plane.serverCount("pendingRequests") === 1);
    clock.advance(1_500);
    await server.send(ok("x"));
    await client.expect(ok("x"));
    await server.expect(get("/waits"));
    clock.advance(1_300);
    t.equal(plane.upstreamErrors("timeout"), 0);
    clock.advance(400);
    await waiting.expect(problem(504, "timeout", { close: false, date: after(4) }));
    await server.expectClose();
  });

  await t.test("504 while it waits for one", async (t) => {
    const upgrade = ["Connection: upgrade", "Upgrade: echo"];
    const { clock, plane, client, server, connect } = await askAndWait(
      t,
      { http: { request_timeout: 3_000 }, pool: { connections: 1, timeout: 0 } },
      get("/", ...upgrade),
    );
    // A tunnel lasts as long as it is wanted.
    const switching = head("HTTP/1.1 101 Switching Protocols", ...upgrade);
    await server.send(switching);
    await client.expect(switching);
    const waiting = await connect();
    await waiting.send(get("/waits"));
    await until(() => plane.serverCount("pendingRequests") === 1);
    clock.advance(2_800);
    t.equal(plane.serverCount("pendingRequests"), 1);
    clock.advance(400);
    await waiting.expect(problem(504, "timeout", { close: false, date: after(3) }));
    t.equal(plane.serverCount("pendingRequests"), 0);
  });

  await t.test("a client that takes its time is not held against the server", async (t) => {
    const ask = request("POST", "/", "Content-Length: 9");
    const { clock, plane, client, server } = await askAndWait(t, options, ask);
    clock.advance(2_000);
    await client.send("x");
    await server.expect("x");
    clock.advance(1_200);
    await client.expect(problem(504, "timeout", { date: after(3) }));
    await client.expectClose();
    await server.expectClose();
    t.same(plane.logs, [], "no word of a failing server");
  });
});

t.test("a request that has waited for a connection for as long as for an answer: 503", async (t) => {
  const { clock, plane, client, server, connect } = await askAndWait(t, {
    pool: { connections: 1, timeout: 3_000 },
  });
  clock.advance(1_000);
  await server.send(head("HTTP/1.1 200 OK", "Content-Length: 1"));
  await client.expect(head("HTTP/1.1 200 OK", "Content-Length: 1"));
  const waiting = await connect();
  await waiting.send(get("/waits"));
  await until(() => plane.serverCount("pendingRequests") === 1);
  clock.advance(2_800);
  t.equal(plane.serverCount("pendingRequests"), 1);
  clock.advance(400);
  await waiting.expect(problem(503, "busy", { close: false, date: after(4) }));
  t.equal(plane.serverCount("pendingRequests"), 0);
  await server.send("x");
  await client.expect("x");
});
