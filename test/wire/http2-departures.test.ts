/** Servers of HTTP/2 that refuse a request, or go; and connections that podmate closes itself. */
import type { Socket } from "node:net";
import t from "tap";
import { fields, flag, frame, frameType, preface, readFrames } from "../support/http2-frames.ts";
import { fieldOf } from "../support/http2-peers.ts";
import { code, ok, startHttp2Chain, startHttp2Plane, startTcp, status } from "../support/http2-plane.ts";
import { until } from "../support/until.ts";

t.test("a refused request goes to another server, even a POST: nothing was done about it", async (t) => {
  const refusals: number[] = [];
  const { client, plane } = await startHttp2Chain(
    t,
    (stream, _, peer) => {
      if (refusals.length > 0) ok(stream, `from ${peer}`);
      else {
        refusals.push(peer);
        stream.close(code.refusedStream);
      }
    },
    { retry: { attempts: 1 } },
    2,
  );
  const answer = await client.ask({ ":path": "/", ":method": "POST" }, "body");
  t.equal(answer.body.toString(), `from ${1 - refusals[0]!}`);
  t.equal(plane.poolCounter("retries"), 1);
});

t.test("what a server leaves undone as it goes is done on its next connection", async (t) => {
  let left = false;
  const { client, plane, peer } = await startHttp2Chain(t, (stream, headers) => {
    if (fieldOf(headers, ":path") === "/first" || left) {
      ok(stream);
      return;
    }
    left = true;
    // The stream before was the last one.
    stream.session!.goaway(code.none, 1);
  });
  t.equal(status(await client.ask({ ":path": "/first" })), "200");
  t.equal(status(await client.ask({ ":path": "/second", ":method": "POST" }, "body")), "200");
  t.equal(peer.streams.length, 3);
  t.equal(plane.serverCount("connects"), 2);
  t.equal(plane.serverCount("reusedFailures"), 1);
});

t.test("a server that goes answers what it has, and gets nothing new", async (t) => {
  const { client, plane, peer } = await startHttp2Chain(t, (stream, headers) => {
    if (fieldOf(headers, ":path") !== "/slow") ok(stream);
  });
  const slow = client.ask({ ":path": "/slow" });
  await until(() => peer.streams.length === 1);
  peer.streams[0]!.session!.close();
  await until(() => plane.serverCount("idleConnections") === 0);
  t.equal(status(await client.ask({ ":path": "/" })), "200");
  ok(peer.streams[0]!, "late");
  t.equal((await slow).body.toString(), "late");
  t.equal(plane.serverCount("connects"), 2);
});

t.test("connections are closed when they are idle, or worn", async (t) => {
  const { client, plane, pass } = await startHttp2Chain(t, (stream) => ok(stream), {
    http: { idle_timeout: 2_000, requests_per_connection: 3 },
  });
  for (let i = 0; i < 4; i++) t.equal(status(await client.ask({ ":path": "/" })), "200");
  t.equal(plane.serverCount("connects"), 2);
  t.equal(plane.serverCount("idleConnections"), 1);
  await pass(() => plane.serverCount("openConnections") === 0);
  t.equal(plane.serverCount("idleConnections"), 0);
});

t.test("a server that does not close in its turn is not waited for", async (t) => {
  const sockets: Socket[] = [];
  const address = await startTcp(
    t,
    (socket) => {
      sockets.push(socket);
      const received: Buffer[] = [];
      let answered = false;
      socket.write(frame(frameType.settings, 0, 0));
      socket.on("data", (bytes: Buffer) => {
        received.push(bytes);
        const frames = readFrames(Buffer.concat(received).subarray(preface.length));
        if (answered || !frames.some(({ type }) => type === frameType.headers)) return;
        answered = true;
        const ends = flag.endHeaders | flag.endStream;
        socket.write(frame(frameType.headers, ends, 1, fields([":status", "200"])));
      });
    },
    { allowHalfOpen: true },
  );
  const { client, plane, pass } = await startHttp2Plane(t, [address], { http: { idle_timeout: 2_000 } });
  t.equal(status(await client.ask({ ":path": "/" })), "200");
  await pass(() => plane.serverCount("openConnections") === 0);
  const [socket] = sockets;
  // Whoever is gone answers with a reset.
  await pass(() => {
    if (!socket!.destroyed) socket!.write(frame(frameType.ping, 0, 0, Buffer.alloc(8)));
    return socket!.destroyed;
  });
});
