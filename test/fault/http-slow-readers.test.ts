/** Clients that take nothing: they cost no more than they may, and nobody else anything. */
import t from "tap";
import { get, head, ok, problem } from "../support/http-messages.ts";
import { askAndWait, setUpHttp } from "../support/http-plane.ts";
import { turns, until } from "../support/until.ts";

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

  await t.test("is not idle: the time for that begins when it has taken its answer", async (t) => {
    const { client, server, peer, plane, clock } = await askAndWait(t, {
      listener: { idle_timeout: 5_000, body_timeout: 60_000 },
      limits: { buffer: 2 * amount },
    });
    client.pause();
    await server.send(Buffer.concat([Buffer.from(answer), Buffer.alloc(amount, "x")]));
    await until(() => plane.bufferedBytes > 0 && plane.listenerCount("requestsInFlight") === 0);
    for (let i = 0; i < 4; i++) clock.advance(4_000);
    client.resume();
    await client.expect(answer);
    await client.read(amount);
    clock.advance(4_000);
    peer.answer(() => ok("y"));
    await client.exchange(get("/next"), ok("y"));
    t.equal(plane.clientError("idle"), 0);
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
