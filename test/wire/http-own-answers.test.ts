/** What podmate says itself: a status, a code, and no word of the inside. Which requests it refuses, other files tell. */
import t from "tap";
import { get, head, ok, problem, request } from "../support/http-messages.ts";
import { setUpHttp } from "../support/http-plane.ts";
import { until } from "../support/until.ts";

t.test("the date is of now", async (t) => {
  const { clock, connect } = await setUpHttp(t, { route: { path: "/api" } });
  clock.advance(3_600_000);
  const client = await connect();
  await client.exchange(
    get(),
    problem(404, "no-route", { close: false, date: "Thu, 01 Jan 2026 01:00:00 GMT" }),
  );
});

t.test("502 where the server cannot be reached, for GET, HEAD and POST", async (t) => {
  const { peer, plane, connect } = await setUpHttp(t);
  await peer.refuse();
  const client = await connect();
  await client.exchange(get(), problem(502, "connect", { close: false }));
  await client.exchange(request("HEAD", "/"), problem(502, "connect", { close: false, body: false }));
  await client.send(`${request("POST", "/", "Content-Length: 5")}ab`);
  await client.expect(problem(502, "connect"));
  await client.expectClose();
  t.equal(plane.upstreamErrors("connect"), 3);
  t.equal(plane.durations, 0, "no server has seen them: they have no latency");
});

t.test("503 where there is no server", async (t) => {
  const { plane, connect } = await setUpHttp(t, {}, 0);
  const client = await connect();
  await client.exchange(get(), problem(503, "no-server", { close: false }));
  t.equal(plane.upstreamErrors("no_server"), 1);
  t.equal(plane.durations, 0);
});

t.test("504 where the server does not answer in time", async (t) => {
  const { clock, peer, plane, connect } = await setUpHttp(t, { pool: { timeout: 1_000 } });
  const client = await connect();
  await client.send(get());
  const server = await peer.nextConnection();
  await server.expect(get());
  clock.advance(1_200);
  const date = "Thu, 01 Jan 2026 00:00:01 GMT";
  await client.expect(problem(504, "timeout", { close: false, date }));
  await server.expectClose();
  t.equal(plane.durations, 1, "the wait is a latency");
});

t.test("503 at once beyond the requests that all clients may have under way", async (t) => {
  const { peer, plane, connect } = await setUpHttp(t, { total: { requests: 1 } });
  const [first, second] = [await connect(), await connect()];
  await first.send(get("/a"));
  const server = await peer.nextConnection();
  await server.expect(get("/a"));
  await second.exchange(get("/b"), problem(503, "overloaded", { close: false }));
  await server.send(ok("a"));
  await first.expect(ok("a"));
  peer.answer(() => ok("b"));
  await second.exchange(get("/b"), ok("b"));
  t.equal(plane.clientError("overloaded"), 1);
});

t.test("503 beyond the clients that may be connected", async (t) => {
  const { peer, plane, connect } = await setUpHttp(t, { limits: { connections: 1 } });
  peer.answer(() => ok("x"));
  const first = await connect();
  await first.exchange(get(), ok("x"));
  const second = await connect();
  const answer = (await second.readUntil("\r\n\r\n")).toString();
  t.match(answer, /^HTTP\/1\.1 503 Service Unavailable\r\nContent-Type: application\/problem\+json\r\n/);
  t.match(answer, /\r\npodmate-error: too-many-connections\r\nRetry-After: 1\r\n/);
  t.match(answer, /\r\nConnection: close\r\n/);
  await second.waitForEnd();
  first.close();
  await until(() => plane.listenerCount("openConnections") === 0);
  const third = await connect();
  await third.exchange(get(), ok("x"));
});

t.test("no answer tells of the inside", async (t) => {
  const { peer, connect } = await setUpHttp(t);
  await peer.refuse();
  const client = await connect();
  await client.send(get());
  const answer = (await client.readUntil("}\n")).toString();
  const { port } = peer.address as { port: number };
  for (const secret of ["127.0.0.1", String(port), "s0", "pool", "ECONNREFUSED", "Node", "podmate/"]) {
    t.notOk(answer.includes(secret), `nothing of ${secret}`);
  }
});

t.test("what a client refused goes on sending is read, so that it gets its answer", async (t) => {
  const { plane, connect } = await setUpHttp(t, { limits: { body: 10 } });
  const client = await connect();
  await client.send(request("POST", "/", "Content-Length: 8000000"));
  await client.send(Buffer.alloc(8_000_000));
  await client.expect(problem(413, "body-too-large"));
  await client.expectClose();
  t.equal(plane.clientError("body_too_large"), 1);
});

t.test("a client refused that neither stops nor goes is cut off after a while", async (t) => {
  const { clock, plane, connect } = await setUpHttp(t);
  const client = await connect(true);
  await client.send("GET\r\n\r\n");
  await client.expect(problem(400, "bad-request-line"));
  await client.expectClose();
  await client.send("more");
  t.equal(plane.listenerCount("openConnections"), 0, "it does not count any more");
  clock.advance(2_000);
  await client.send(head("GET / HTTP/1.1"));
  await until(() => client.gone);
});
