/** Bounds on what goes to servers: who finds no room is told at once, and connections live no longer than they may. */
import t, { type Test } from "tap";
import { get, head, ok, problem, request } from "../support/http-messages.ts";
import { askAndWait, type HttpPlaneOptions, setUpHttp } from "../support/http-plane.ts";
import type { ScriptedServer } from "../support/scripted-server.ts";
import { until } from "../support/until.ts";
import type { WireClient } from "../support/wire-client.ts";

const busy = problem(503, "busy", { close: false });

t.test("connections and those who wait for one", async (t) => {
  const options: HttpPlaneOptions = { pool: { connections: 1 }, http: { pending: 2 } };

  await t.test("one more is told so at once, and may ask again", async (t) => {
    const { peer, plane, client, server, connect } = await askAndWait(t, options);
    const waiting = [await connect(), await connect()];
    for (const [i, each] of waiting.entries()) {
      await each.send(get(`/${i}`));
      await until(() => plane.serverCount("pendingRequests") === i + 1);
    }
    const late = await connect();
    await late.exchange(get("/late"), busy);
    t.match(busy, /\r\nRetry-After: 1\r\n/);
    t.equal(plane.upstreamErrors("busy"), 1);

    await server.send(ok("x"));
    await client.expect(ok("x"));
    for (const [i, each] of waiting.entries()) {
      await server.expect(get(`/${i}`));
      await server.send(ok(String(i)));
      await each.expect(ok(String(i)));
    }
    await late.send(get("/late"));
    await server.expect(get("/late"));
    await server.send(ok("now"));
    await late.expect(ok("now"));
    t.equal(peer.accepted, 1);
    t.equal(plane.serverCount("pendingRequests"), 0);
  });

  await t.test("a connection that is lost makes room for a new one", async (t) => {
    const { peer, plane, client, server, connect } = await askAndWait(t, options);
    const waiting = await connect();
    await waiting.send(get("/waits"));
    await until(() => plane.serverCount("pendingRequests") === 1);
    server.reset();
    await client.expect(problem(502, "connection-lost", { close: false }));
    const next = await peer.nextConnection();
    await next.expect(get("/waits"));
    await next.send(ok("x"));
    await waiting.expect(ok("x"));
  });

  await t.test("a body waits, too, and goes with its head", async (t) => {
    const ask = `${request("POST", "/waits", "Content-Length: 4")}body`;
    const { plane, client, server, connect } = await askAndWait(t, options);
    const waiting = await connect();
    await waiting.send(ask);
    await until(() => plane.serverCount("pendingRequests") === 1);
    await server.send(ok("x"));
    await client.expect(ok("x"));
    await server.expect(ask);
    await server.send(ok("y"));
    await waiting.expect(ok("y"));
  });

  await t.test(
    "a client that is refused in the middle of its body is closed behind the answer",
    async (t) => {
      const { connect } = await askAndWait(t, { ...options, http: { pending: 0 } });
      const late = await connect();
      await late.send(`${request("POST", "/", "Content-Length: 4")}bo`);
      await late.expect(problem(503, "busy"));
      await late.expectClose();
    },
  );

  await t.test("when the server goes away, nobody waits on", async (t) => {
    const { peer, plane, client, server, connect } = await askAndWait(t, options);
    const waiting = [await connect(), await connect()];
    for (const [i, each] of waiting.entries()) {
      await each.send(get());
      await until(() => plane.serverCount("pendingRequests") === i + 1);
    }
    await peer.refuse();
    server.reset();
    await client.expect(problem(502, "connection-lost", { close: false }));
    for (const each of waiting) await each.expect(problem(502, "connect", { close: false }));
  });

  await t.test("as many connections as allowed are opened, and no more", async (t) => {
    const { peer, plane, connect } = await setUpHttp(t, { pool: { connections: 3 } });
    for (let i = 0; i < 5; i++) await (await connect()).send(get());
    await until(() => plane.serverCount("pendingRequests") === 2 && peer.requests.length === 3);
    t.equal(peer.accepted, 3);
    peer.answer(() => ok("x"));
  });
});

t.test("requests under way with a server", async (t) => {
  await t.test("503 at once beyond their number, those that wait included", async (t) => {
    const options = { pool: { limits: { requests: 2, bytes: 1 << 20, large_values: 16 }, connections: 1 } };
    const { plane, client, server, connect } = await askAndWait(t, options);
    const waiting = await connect();
    await waiting.send(get("/waits"));
    await until(() => plane.serverCount("pendingRequests") === 1);
    const late = await connect();
    await late.exchange(get("/late"), busy);
    await server.send(ok("x"));
    await client.expect(ok("x"));
    await late.send(get("/late"));
    await until(() => plane.serverCount("pendingRequests") === 1);
    t.equal(plane.upstreamErrors("busy"), 1);
  });

  await t.test("are counted for each server", async (t) => {
    const options = { pool: { limits: { requests: 1, bytes: 1 << 20, large_values: 16 } } };
    const { peers, connect } = await askAndWait(t, options, get(), 2);
    const [other, late] = [await connect(), await connect()];
    await other.send(get("/other"));
    await (await peers[1]!.nextConnection()).expect(get("/other"));
    await late.exchange(get(), busy);
  });
});

/** So many connections to the server, each with a request that it has not answered; the first was opened first. */
async function openConnections(t: Test, count: number, options: HttpPlaneOptions) {
  const set = await setUpHttp(t, options);
  const pairs = [];
  for (let i = 0; i < count; i++) {
    const client = await set.connect();
    await client.send(get(`/${i}`));
    const server = await set.peer.nextConnection();
    await server.expect(get(`/${i}`));
    pairs.push({ client, server });
  }
  return { ...set, pairs };
}

t.test("kept connections", async (t) => {
  await t.test("are closed when they have been idle for idle_timeout, the oldest first", async (t) => {
    const { clock, plane, pairs } = await openConnections(t, 2, { http: { idle_timeout: 4_000 } });
    for (const { client, server } of pairs) {
      await server.send(ok("x"));
      await client.expect(ok("x"));
      clock.advance(1_000);
    }
    clock.advance(1_800);
    t.equal(plane.serverCount("idleConnections"), 2);
    clock.advance(400);
    await pairs[0]!.server.expectClose();
    t.equal(plane.serverCount("idleConnections"), 1);
    clock.advance(1_000);
    await pairs[1]!.server.expectClose();
    t.equal(plane.serverCount("idleConnections"), 0);
    t.equal(plane.serverCount("openConnections"), 0);
    t.same(plane.logs, [], "that is no failure");
  });

  await t.test("the time begins anew with each request", async (t) => {
    const { clock, peer, pairs } = await openConnections(t, 1, { http: { idle_timeout: 4_000 } });
    const [{ client, server }] = pairs as [(typeof pairs)[0]];
    await server.send(ok("x"));
    await client.expect(ok("x"));
    for (let i = 0; i < 4; i++) {
      clock.advance(3_500);
      await client.send(get());
      await server.expect(get());
      clock.advance(3_500);
      await server.send(ok("x"));
      await client.expect(ok("x"));
    }
    t.equal(peer.accepted, 1);
    clock.advance(4_200);
    await server.expectClose();
  });

  await t.test("the one used last is used next", async (t) => {
    const { pairs } = await openConnections(t, 3, {});
    for (const i of [2, 0, 1]) {
      const { client, server } = pairs[i]!;
      await server.send(ok("x"));
      await client.expect(ok("x"));
    }
    for (const [i, pair] of [1, 0, 2].entries()) {
      await pairs[i]!.client.send(get("/next"));
      await pairs[pair]!.server.expect(get("/next"));
    }
  });

  await t.test("serve no more requests than requests_per_connection", async (t) => {
    const { peer, plane, connect } = await setUpHttp(t, { http: { requests_per_connection: 3 } });
    peer.answer(() => ok("x"));
    const client = await connect();
    for (let i = 0; i < 7; i++) await client.exchange(get(), ok("x"));
    t.equal(peer.accepted, 3);
    t.equal(plane.serverCount("connects"), 3);
    await (await peer.nextConnection()).waitForEnd();
    await (await peer.nextConnection()).waitForEnd();
    t.equal(peer.open, 1);
  });

  await t.test("also where others wait for one", async (t) => {
    const { peer, plane, client, server, connect } = await askAndWait(t, {
      pool: { connections: 1 },
      http: { requests_per_connection: 1 },
    });
    const waiting = await connect();
    await waiting.send(get("/waits"));
    await until(() => plane.serverCount("pendingRequests") === 1);
    await server.send(ok("x"));
    await client.expect(ok("x"));
    await server.expectClose();
    const next = await peer.nextConnection();
    await next.expect(get("/waits"));
    await next.send(ok("y"));
    await waiting.expect(ok("y"));
  });

  await t.test("are not kept when the server says so", async (t) => {
    const { peer, client, server } = await askAndWait(t);
    await server.send(ok("x", "Connection: close"));
    await client.expect(ok("x"));
    await server.expectClose();
    await expectNewConnection(peer, client);
  });

  await t.test("nor when it speaks HTTP/1.0", async (t) => {
    const { peer, client, server } = await askAndWait(t);
    await server.send(head("HTTP/1.0 200 OK", "Content-Length: 0"));
    await client.expect(head("HTTP/1.1 200 OK", "Content-Length: 0"));
    await server.expectClose();
    await expectNewConnection(peer, client);
  });
});

async function expectNewConnection(peer: ScriptedServer, client: WireClient): Promise<void> {
  await client.send(get("/new"));
  const connection = await peer.nextConnection();
  await connection.expect(get("/new"));
  await connection.send(ok("new"));
  await client.expect(ok("new"));
}
