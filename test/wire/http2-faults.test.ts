/** What goes wrong between podmate and servers of HTTP/2, or with a client in the middle of an answer. */
import { once } from "node:events";
import t from "tap";
import { fields, flag, frame, frameType, getRequest } from "../support/http2-frames.ts";
import { answerWith, fieldOf } from "../support/http2-peers.ts";
import { code, ok, startHttp2Chain, startHttp2Plane, startTcp, status } from "../support/http2-plane.ts";
import { RawHttp2Client } from "../support/http2-raw.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

/** Number of the setting (RFC 8441 3). */
const enableConnectProtocol = 8;

t.test("a reset before the head is a 502, one after it a reset", async (t) => {
  const { client, plane } = await startHttp2Chain(t, (stream, headers) => {
    if (fieldOf(headers, ":path") === "/after") {
      stream.respond({ ":status": 200 });
      stream.write("begun", () => stream.destroy(new Error("broken")));
    } else stream.close(code.internalError);
  });
  const before = await client.ask({ ":path": "/before" });
  t.equal(status(before), "502");
  t.equal(fieldOf(before.headers, "podmate-error"), "connection-lost");
  const after = await client.ask({ ":path": "/after" });
  t.equal(status(after), "200");
  t.equal(after.code, code.internalError);
  t.equal(plane.upstreamErrors("truncated"), 1);

  const old = await WireClient.connect(plane.address);
  await old.send("GET /after HTTP/1.1\r\nHost: h\r\n\r\n");
  await until(() => old.ended !== null);
  t.match(old.received.toString(), /begun/);
  t.notMatch(old.received.toString(), /\r\n0\r\n/, "a client of HTTP/1.1 sees that it is not all");
  old.close();
});

t.test("a server that dies fails all that it had", async (t) => {
  const { client, plane, peer } = await startHttp2Chain(t, () => {});
  const answers = Array.from({ length: 10 }, () => client.ask({ ":path": "/" }));
  await until(() => peer.streams.length === 10);
  for (const session of peer.sessions) session.destroy();
  for (const answer of await Promise.all(answers)) t.equal(status(answer), "502");
  t.equal(plane.upstreamErrors("connection_lost"), 10);
  t.equal(plane.serverCount("openConnections"), 0);
  t.equal(plane.serverCount("requestsInFlight"), 0);
});

t.test("a server that does not speak HTTP/2", async (t) => {
  const http1 = await startTcp(t, (socket) => {
    socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
  });
  const { client } = await startHttp2Plane(t, [http1]);
  const answer = await client.ask({ ":path": "/" });
  t.equal(status(answer), "502");
  t.equal(fieldOf(answer.headers, "podmate-error"), "connect");
});

t.test("interim answers without end: 502", async (t) => {
  const { client, plane } = await startHttp2Chain(
    t,
    (stream) => {
      stream.on("error", () => {});
      for (let i = 0; i < 20; i++) stream.additionalHeaders({ ":status": 103, link: "x".repeat(1_000) });
    },
    { http: { head_limit: 10_000 } },
  );
  t.equal(status(await client.ask({ ":path": "/" })), "502");
  t.equal(plane.upstreamErrors("protocol"), 1);
});

t.test("CONNECT and Upgrade make no tunnel to a server of HTTP/2", async (t) => {
  const { plane } = await startHttp2Chain(t, (stream) => ok(stream), {
    listener: { connect: true, upgrade: true },
  });
  const client = await WireClient.connect(plane.address);
  await client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  await until(() => client.received.includes("ok"));
  t.match(client.received.toString(), /^HTTP\/1\.1 200 /);
  await client.send("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n");
  await until(() => client.received.includes("HTTP/1.1 405 "));
  client.close();
});

t.test("a client that goes frees its server", async (t) => {
  const { client, plane, peer } = await startHttp2Chain(t, (stream) => {
    stream.respond({ ":status": 200 });
    stream.write("begun");
  });
  const streams = Array.from({ length: 3 }, () => client.open({ ":path": "/", ":method": "POST" }));
  await Promise.all(streams.map((stream) => once(stream, "response")));
  streams[0]!.close(code.cancel);
  await until(() => peer.streams[0]!.destroyed);
  t.equal(peer.streams[0]!.rstCode, code.cancel);
  t.notOk(peer.streams[1]!.destroyed);
  client.session.destroy();
  await until(() => peer.streams.every(({ destroyed }) => destroyed));
  await until(() => plane.listenerCount("openConnections") === 0);
  t.equal(plane.clientError("client_gone"), 3);
  t.equal(plane.serverCount("requestsInFlight"), 0);
  t.equal(plane.serverCount("openConnections"), 1, "the connection to the server stays");
});

t.test("an early answer: the client may finish what it sends, and the connection goes on", async (t) => {
  const { client, plane } = await startHttp2Chain(t, (stream) => {
    answerWith(stream, { ":status": 413 }, "too much");
    stream.close(code.none);
  });
  const answer = await client.ask({ ":path": "/", ":method": "POST" }, Buffer.alloc(300_000));
  t.equal(status(answer), "413");
  t.equal(answer.body.toString(), "too much");
  t.equal(status(await client.ask({ ":path": "/" })), "413");
  await until(() => plane.serverCount("requestsInFlight") === 0);
});

t.test(
  "CONNECT on a stream is refused in words, and WebSocket over HTTP/2 (RFC 8441) is not offered",
  async (t) => {
    const { client, plane, peer } = await startHttp2Chain(t, (stream) => ok(stream), {
      listener: { connect: true, upgrade: true },
    });
    t.notOk(client.session.remoteSettings.enableConnectProtocol);
    const raw = await RawHttp2Client.connect(t, plane.address);
    const connect = (stream: number, ...more: readonly (readonly [string, string])[]) =>
      frame(
        frameType.headers,
        flag.endHeaders,
        stream,
        fields([":method", "CONNECT"], [":authority", "h:80"], ...more),
      );
    const announced = () =>
      raw.frames(0).find(({ type, flags }) => type === frameType.settings && flags === 0);
    await until(() => announced() !== undefined);
    const { payload } = announced()!;
    const identifiers = Array.from({ length: payload.length / 6 }, (_, i) => payload.readUInt16BE(6 * i));
    t.ok(identifiers.length > 0);
    t.notOk(identifiers.includes(enableConnectProtocol));

    // Who asks for it all the same asks for something malformed, as for any pseudo-field that nobody has agreed on.
    await raw.send(
      connect(1, [":protocol", "websocket"], [":scheme", "http"], [":path", "/"]),
      getRequest(3, "/"),
    );
    await until(() => raw.outcome(3) !== null);
    t.equal(raw.outcome(1), "reset 1");
    t.equal(raw.outcome(3), 200, "the connection goes on");

    const refused = await client.ask({ ":method": "CONNECT", ":authority": "h:80" });
    t.equal(status(refused), "501");
    t.equal(fieldOf(refused.headers, "podmate-error"), "not-implemented");
    t.equal(fieldOf(refused.headers, "content-type"), "application/problem+json");
    t.equal(status(await client.ask({ ":path": "/" })), "200");
    t.equal(peer.streams.length, 2, "no server has heard of it");
    await until(() => plane.listenerCount("requestsInFlight") === 0);
  },
);
