/** What takes too long between podmate and servers of HTTP/2. */
import { once } from "node:events";
import type { Socket } from "node:net";
import t from "tap";
import { frame, frameType, preface, readFrames } from "../support/http2-frames.ts";
import { answerOf, fieldOf } from "../support/http2-peers.ts";
import { code, ok, startHttp2Chain, startHttp2Plane, startTcp, status } from "../support/http2-plane.ts";
import { turns, until } from "../support/until.ts";

t.test("a server that accepts and says nothing", async (t) => {
  const { client, pass } = await startHttp2Plane(t, [await startTcp(t, (socket) => socket.resume())], {
    pool: { connect_timeout: 1_000 },
  });
  const answers = [client.ask({ ":path": "/" }), client.ask({ ":path": "/" })];
  let ended = 0;
  for (const answer of answers) void answer.then(() => ended++);
  await pass(() => ended === 2);
  for (const answer of await Promise.all(answers)) t.match(status(answer), /^50[23]$/);
});

t.test("a request has less time than the connection to its server takes to open", async (t) => {
  const settings = frame(frameType.settings, 0, 0);
  const sockets: Socket[] = [];
  const received: Buffer[] = [];
  const silent = await startTcp(t, (socket) => {
    sockets.push(socket);
    socket.on("data", (bytes: Buffer) => received.push(bytes));
  });
  const { client, plane, pass } = await startHttp2Plane(t, [silent], {
    pool: { connect_timeout: 60_000 },
    http: { request_timeout: 1_000 },
  });
  // One opens the connection, the other waits for it.
  const answers = [client.ask({ ":path": "/first" }), client.ask({ ":path": "/second" })];
  let ended = 0;
  for (const answer of answers) void answer.then(() => ended++);
  await until(() => received.length > 0);
  await pass(() => ended === 2);
  for (const answer of await Promise.all(answers)) {
    t.equal(status(answer), "504");
    t.equal(fieldOf(answer.headers, "podmate-error"), "timeout");
  }
  t.equal(plane.upstreamErrors("timeout"), 2);
  t.equal(plane.serverCount("requestsInFlight"), 0);
  t.equal(plane.serverCount("pendingRequests"), 0);

  // The connection is there for the next one, and what was given up is not sent on it.
  sockets[0]!.write(settings);
  await until(() => plane.serverCount("openConnections") === 1);
  const next = client.open({ ":path": "/next" }, { endStream: true });
  await until(() => plane.serverCount("requestsInFlight") === 1);
  const heads = () =>
    readFrames(Buffer.concat(received).subarray(preface.length)).filter(
      ({ type }) => type === frameType.headers,
    );
  await until(() => heads().length > 0);
  t.same(
    heads().map(({ stream }) => stream),
    [1],
  );
  t.equal(plane.serverCount("connects"), 1);
  next.close(code.cancel);
  await until(() => plane.serverCount("requestsInFlight") === 0);
});

t.test("time runs out for one request, and the others go on", async (t) => {
  const { client, plane, peer, pass } = await startHttp2Chain(
    t,
    (stream, headers) => {
      const path = fieldOf(headers, ":path");
      if (path === "/ok") ok(stream);
      else if (path === "/half") {
        stream.respond({ ":status": 200 });
        stream.write("half");
      }
    },
    { pool: { timeout: 2_000 }, http: { body_timeout: 2_000 }, retry: { on: [] } },
  );

  await t.test("for the head: 504", async (t) => {
    let ended = false;
    const answer = client.ask({ ":path": "/silent" });
    void answer.then(() => {
      ended = true;
    });
    await until(() => peer.streams.length === 1);
    await pass(() => ended);
    t.equal(status(await answer), "504");
    await until(() => peer.streams[0]!.rstCode === code.cancel);
  });

  await t.test("for the body: a reset", async (t) => {
    let ended = false;
    const stream = client.open({ ":path": "/half" }, { endStream: true });
    const answer = answerOf(stream);
    void answer.then(() => {
      ended = true;
    });
    await once(stream, "data");
    await pass(() => ended);
    t.equal((await answer).code, code.internalError);
    t.equal(plane.upstreamErrors("body_timeout"), 1);
  });

  t.equal(status(await client.ask({ ":path": "/ok" })), "200");
  t.equal(plane.serverCount("connects"), 1, "the connection is the same");
});

t.test("a client that lets its request run out of time is not held against the server", async (t) => {
  const { client, plane, pass, peer } = await startHttp2Chain(t, () => {}, {
    http: { request_timeout: 2_000 },
  });
  let ended = false;
  const stream = client.open({ ":path": "/", ":method": "POST" });
  const answer = answerOf(stream);
  void answer.then(() => {
    ended = true;
  });
  await until(() => peer.streams.length === 1);
  await pass(() => ended);
  t.equal(status(await answer), "504");
  t.same(plane.logs, []);
});

t.test("a stream on which either side speaks has time", async (t) => {
  const received: string[] = [];
  const { client, plane, clock } = await startHttp2Chain(
    t,
    (stream) => {
      stream.respond({ ":status": 200 });
      stream.on("data", (part: Buffer) => received.push(part.toString()));
    },
    { listener: { body_timeout: 2_000 }, http: { body_timeout: 2_000 } },
  );
  const stream = client.open({ ":path": "/", ":method": "POST" });
  await once(stream, "response");
  for (let i = 0; i < 10; i++) {
    stream.write(String(i));
    await until(() => received.length === i + 1);
    clock.advance(1_500);
    await turns();
  }
  t.notOk(stream.destroyed);
  t.equal(plane.serverCount("requestsInFlight"), 1);
  stream.close(code.cancel);
  await until(() => plane.serverCount("requestsInFlight") === 0);
});

t.test("a connection that answers nothing any more is given up", async (t) => {
  const settings = frame(frameType.settings, 0, 0);
  const connections: Socket[] = [];
  const address = await startTcp(t, (socket) => {
    connections.push(socket);
    socket.once("data", (bytes: Buffer) => {
      if (bytes.subarray(0, 3).equals(preface.subarray(0, 3))) socket.write(settings);
    });
    socket.resume();
  });
  const { client, plane, pass } = await startHttp2Plane(t, [address], {
    pool: { timeout: 1_000 },
    retry: { on: [] },
  });
  let ended = false;
  const answer = client.ask({ ":path": "/" });
  void answer.then(() => {
    ended = true;
  });
  await until(() => plane.serverCount("openConnections") === 1);
  await pass(() => ended);
  t.equal(status(await answer), "504");
  await pass(() => plane.serverCount("openConnections") === 0);
});
