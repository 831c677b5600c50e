/** What else an exchange of HTTP/2 has in common with one of HTTP/1.1: headers added, log, counters, priorities, Expect. */
import { once } from "node:events";
import t from "tap";
import { httpMethod, statusClass } from "../../src/observe/http-metric-labels.ts";
import { HTTP_LISTENER, HTTP_POOL, HTTP_ROUTE } from "../../src/observe/metric-layout.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { head, ok } from "../support/http-messages.ts";
import { type HttpPlaneOptions, httpRoute, startHttpPeer, startHttpPlane } from "../support/http-plane.ts";
import { fields, flag, frame, frameType } from "../support/http2-frames.ts";
import { answerOf, fieldOf, fieldsOf, Http2Client } from "../support/http2-peers.ts";
import { RawHttp2Client } from "../support/http2-raw.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import type { ScriptedConnection } from "../support/scripted-server.ts";
import type { Teardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

/** A client of HTTP/2, and a server of HTTP/1.1 that says what the test says. */
async function setUp(t: Teardown, options: HttpPlaneOptions = {}) {
  const clock = new FakeClock();
  const peer = await startHttpPeer(t);
  const plane = await startHttpPlane(t, [peer.address], {
    ...options,
    listener: { http2: true, ...options.listener },
    clock,
  });
  expectNothingBuffered(t, plane);
  const client = await Http2Client.connect(t, plane.address);
  return { clock, peer, plane, client };
}

t.test("what podmate adds for the server, and for the client", async (t) => {
  const { peer, client } = await setUp(t, {
    forwarded: {
      x_forwarded_for: "append",
      x_forwarded_proto: "set",
      x_forwarded_host: "set",
      forwarded: "append",
      via: "me",
    },
  });
  const answer = client.ask({
    ":path": "/a",
    ":authority": "app.test",
    "x-forwarded-for": "9.9.9.9",
    cookie: ["a=1", "b=2"],
    "x-other": "x",
  });
  const server = await peer.nextConnection();
  await server.expect(
    head(
      "GET /a HTTP/1.1",
      "host: app.test",
      "x-other: x",
      "cookie: a=1; b=2",
      "X-Forwarded-For: 9.9.9.9, 127.0.0.1",
      "X-Forwarded-Proto: http",
      "Forwarded: for=127.0.0.1;proto=http",
      "Via: 2.0 me",
      "X-Forwarded-Host: app.test",
    ),
  );
  await server.send(ok("x"));
  t.same(fieldsOf((await answer).headers, "via"), ["1.1 me"]);
});

t.test("the access log, and counters", async (t) => {
  const { clock, peer, plane, client } = await setUp(t, { listener: { access_log: 1 } });
  const answer = client.ask(
    {
      ":path": "/a?secret",
      ":method": "POST",
      ":authority": "app.test",
      "user-agent": "me/1",
      "content-length": 4,
    },
    "body",
  );
  const server = await peer.nextConnection();
  await server.expect(
    `${head("POST /a?secret HTTP/1.1", "host: app.test", "user-agent: me/1", "content-length: 4")}body`,
  );
  clock.advance(5);
  await server.send(ok("answer"));
  t.equal((await answer).body.toString(), "answer");
  await until(() => {
    clock.advance(100);
    return plane.accessLines.length === 1;
  });
  t.match(plane.accessLines[0], {
    listener: "web",
    route: "all",
    pool: "pool",
    server: "s0",
    client: "127.0.0.1",
    method: "POST",
    host: "app.test",
    path: "/a",
    user_agent: "me/1",
    status: 200,
    error: null,
    request_bytes: 4,
    response_bytes: 6,
    attempts: 1,
  });
  t.equal(plane.block("httpListener", "web")[HTTP_LISTENER.requests + httpMethod.post], 1);
  t.equal(plane.block("httpPool", "pool")[HTTP_POOL.responses + statusClass["2xx"]], 1);

  const given = client.open({ ":path": "/given-up" }, { endStream: true });
  await server.expect(head("GET /given-up HTTP/1.1", `host: ${hostOf(plane.address)}`));
  given.close(8);
  await until(() => {
    clock.advance(100);
    return plane.accessLines.length === 2;
  });
  t.match(plane.accessLines[1], { path: "/given-up", status: 0 });
});

t.test("priority: 503 with Retry-After, and the connection goes on", async (t) => {
  const names = ["low", "high"] as const;
  const routes = names.map((name) => httpRoute({ name, path: `/${name}`, priority: name }));
  const { peer, plane, client } = await setUp(t, { total: { requests: 4 }, listener: { routes } });
  const held = Array.from({ length: 3 }, () => client.ask({ ":path": "/high" }));
  const servers: ScriptedConnection[] = [];
  for (const _ of held) servers.push(await peer.nextConnection());
  const refused = await client.ask({ ":path": "/low" });
  t.equal(fieldOf(refused.headers, ":status"), "503");
  t.equal(fieldOf(refused.headers, "podmate-error"), "overloaded");
  t.ok(fieldOf(refused.headers, "retry-after"));
  t.notOk(fieldOf(refused.headers, "connection"));
  t.equal(plane.block("httpRoute", "web/low")[HTTP_ROUTE.shedRequests], 1);
  for (const server of servers) await server.send(ok("x"));
  for (const answer of await Promise.all(held)) t.equal(answer.body.toString(), "x");
});

t.test("Expect: 100-continue goes from end to end", async (t) => {
  const ask = (path: string) => ({
    ":path": path,
    ":method": "POST",
    expect: "100-continue",
    "content-length": 4,
  });
  const { peer, plane, client } = await setUp(t);
  const asked = (path: string) =>
    head(
      `POST ${path} HTTP/1.1`,
      `host: ${hostOf(plane.address)}`,
      "expect: 100-continue",
      "content-length: 4",
    );

  let server: ScriptedConnection;
  await t.test("the client waits for the server's word", async (t) => {
    const stream = client.open(ask("/wait"));
    const answer = answerOf(stream);
    stream.on("wantTrailers", () => stream.sendTrailers({}));
    server = await peer.nextConnection();
    await server.expect(asked("/wait"));
    await server.send(head("HTTP/1.1 100 Continue"));
    await once(stream, "continue");
    stream.end("body");
    await server.expect("body");
    await server.send(ok("x"));
    t.equal((await answer).body.toString(), "x");
  });

  await t.test("and need not send what the server does not want", async (t) => {
    const stream = client.open(ask("/refused"));
    const answer = answerOf(stream);
    await server.expect(asked("/refused"));
    await server.send(head("HTTP/1.1 417 Expectation Failed", "Content-Length: 0"));
    await once(stream, "response");
    stream.close(8);
    t.equal(fieldOf((await answer).headers, ":status"), "417");
  });
});

t.test("204, 304 and HEAD have no content, and say what length it would have", async (t) => {
  const { peer, client } = await setUp(t);
  const cases = [
    ["GET", "HTTP/1.1 204 No Content", [], undefined],
    ["GET", "HTTP/1.1 304 Not Modified", ["Content-Length: 9"], "9"],
    ["HEAD", "HTTP/1.1 200 OK", ["Content-Length: 9"], "9"],
    ["HEAD", "HTTP/1.1 200 OK", ["Transfer-Encoding: chunked"], undefined],
  ] as const;
  let server: ScriptedConnection | null = null;
  for (const [method, line, lines, length] of cases) {
    const answer = client.ask({ ":path": "/", ":method": method });
    server ??= await peer.nextConnection();
    await server.readUntil("\r\n\r\n");
    await server.send(head(line, ...lines));
    const { headers, body, code } = await answer;
    t.equal(fieldOf(headers, ":status"), line.split(" ")[1]);
    t.equal(fieldOf(headers, "content-length"), length);
    t.notOk(fieldOf(headers, "transfer-encoding"));
    t.equal(body.length, 0);
    t.equal(code, 0);
  }
});

t.test("drain: GOAWAY says which requests were taken, and no other comes to a server", async (t) => {
  const { peer, plane, client } = await setUp(t);
  client.session.destroy();
  const block = fields([":method", "GET"], [":scheme", "http"], [":path", "/"], [":authority", "h"]);
  const ask = (stream: number) => frame(frameType.headers, flag.endStream | flag.endHeaders, stream, block);
  const raw = await RawHttp2Client.connect(t, plane.address, ask(1));
  const server = await peer.nextConnection();
  await server.expect(head("GET / HTTP/1.1", "host: h"));
  const drained = plane.plane.drain();
  const goaways = () => raw.frames(0).filter(({ type }) => type === frameType.goaway);
  await until(() => goaways().length === 1);
  t.equal(goaways()[0]!.payload.readUInt32BE(), 1, "the last request that is answered");
  t.equal(goaways()[0]!.payload.readUInt32BE(4), 0);
  // It has not seen that yet.
  await raw.send(ask(3));
  await server.send(ok("x"));
  await until(() => raw.frames(1).some(({ flags, type }) => type === frameType.data && (flags & 1) === 1));
  t.equal(raw.outcome(1), 200);
  await drained;
  t.equal(plane.serverCount("requests"), 1);
});

function hostOf(address: { readonly host?: string; readonly port?: number } | object): string {
  const { host, port } = address as { host: string; port: number };
  return `${host}:${port}`;
}
