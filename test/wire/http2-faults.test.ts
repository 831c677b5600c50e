/** What goes wrong between podmate and servers of HTTP/2, or with a client in the middle of an answer. */
import { once } from "node:events";
import type { ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { createServer, type ServerOpts, type Socket } from "node:net";
import t from "tap";
import type { Address } from "../../src/core/address.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { get } from "../support/http-messages.ts";
import { type HttpPlaneOptions, startHttpPlane } from "../support/http-plane.ts";
import {
  type Frame,
  fields,
  flag,
  frame,
  frameType,
  getRequest,
  preface,
  readFrames,
} from "../support/http2-frames.ts";
import {
  answerOf,
  answerWith,
  fieldOf,
  Http2Client,
  type Http2Peer,
  type RawHeaders,
  startHttp2Peer,
} from "../support/http2-peers.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import type { Teardown } from "../support/teardown.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const code = { none: 0, internalError: 2, refusedStream: 7, cancel: 8 } as const;

type OnStream = (stream: ServerHttp2Stream, headers: RawHeaders, peer: number) => void;

async function start(t: Teardown, servers: readonly Address[], options: HttpPlaneOptions = {}) {
  const clock = new FakeClock();
  const plane = await startHttpPlane(t, servers, {
    ...options,
    listener: { http2: true, ...options.listener },
    http: { version: 2, ...options.http },
    clock,
  });
  expectNothingBuffered(t, plane);
  const client = await Http2Client.connect(t, plane.address);
  /** Moves time in small steps until something has happened. */
  const pass = (holds: () => boolean) =>
    until(() => {
      clock.advance(100);
      return holds();
    });
  return { clock, plane, client, pass };
}

async function setUp(t: Teardown, onStream: OnStream, options: HttpPlaneOptions = {}, count = 1) {
  const peers: Http2Peer[] = [];
  for (let i = 0; i < count; i++) {
    peers.push(await startHttp2Peer(t, (stream, headers) => onStream(stream, headers, i)));
  }
  const rest = await start(
    t,
    peers.map(({ address }) => address),
    options,
  );
  return { ...rest, peers, peer: peers[0]! };
}

/** A server of plain TCP; `onSocket` speaks for it. */
async function startTcp(
  t: Teardown,
  onSocket: (socket: Socket) => void,
  options: ServerOpts = {},
): Promise<Address> {
  const sockets = new Set<Socket>();
  const server = createServer(options, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

const ok = (stream: ServerHttp2Stream, text = "ok") => {
  stream.resume();
  answerWith(stream, { ":status": 200 }, text);
};
const status = (answer: { readonly headers: RawHeaders | null }) => fieldOf(answer.headers, ":status");

t.test("a refused request goes to another server, even a POST: nothing was done about it", async (t) => {
  const refusals: number[] = [];
  const { client, plane } = await setUp(
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
  const { client, plane, peer } = await setUp(t, (stream, headers) => {
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
  const { client, plane, peer } = await setUp(t, (stream, headers) => {
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

t.test("a reset before the head is a 502, one after it a reset", async (t) => {
  const { client, plane } = await setUp(t, (stream, headers) => {
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
  const { client, plane, peer } = await setUp(t, () => {});
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
  const { client } = await start(t, [http1]);
  const answer = await client.ask({ ":path": "/" });
  t.equal(status(answer), "502");
  t.equal(fieldOf(answer.headers, "podmate-error"), "connect");
});

t.test("a server that accepts and says nothing", async (t) => {
  const { client, pass } = await start(t, [await startTcp(t, (socket) => socket.resume())], {
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
  const { client, plane, pass } = await start(t, [silent], {
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
  const { client, plane, peer, pass } = await setUp(
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
  const { client, plane, pass, peer } = await setUp(t, () => {}, { http: { request_timeout: 2_000 } });
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

t.test("interim answers without end: 502", async (t) => {
  const { client, plane } = await setUp(
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

t.test("a stream on which either side speaks has time", async (t) => {
  const received: string[] = [];
  const { client, plane, clock } = await setUp(
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

t.test("CONNECT and Upgrade make no tunnel to a server of HTTP/2", async (t) => {
  const { plane } = await setUp(t, (stream) => ok(stream), { listener: { connect: true, upgrade: true } });
  const client = await WireClient.connect(plane.address);
  await client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  await until(() => client.received.includes("ok"));
  t.match(client.received.toString(), /^HTTP\/1\.1 200 /);
  await client.send("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n");
  await until(() => client.received.includes("HTTP/1.1 405 "));
  client.close();
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
  const { client, plane, pass } = await start(t, [address], { pool: { timeout: 1_000 }, retry: { on: [] } });
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

t.test("a client that goes frees its server", async (t) => {
  const { client, plane, peer } = await setUp(t, (stream) => {
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

t.test("who does not read lets the other side wait", async (t) => {
  const buffer = 65_536;
  const content = Buffer.alloc(16 << 20);
  let fromClient: ServerHttp2Stream | null = null;
  const { client, plane } = await setUp(
    t,
    (stream, headers) => {
      if (fieldOf(headers, ":method") === "POST") {
        stream.pause();
        fromClient = stream;
      } else answerWith(stream, { ":status": 200 }, content);
    },
    { limits: { buffer } },
  );

  await t.test("the server, for the client", async (t) => {
    const stream = client.open({ ":path": "/" }, { endStream: true });
    stream.pause();
    await once(stream, "response");
    // It comes to rest: nothing more is read from the server while the client takes nothing.
    let before = -1;
    await until(async () => {
      await turns(20);
      const now = plane.bufferedBytes;
      const same = now === before;
      before = now;
      return same;
    });
    t.ok(plane.bufferedBytes < 8 * buffer, `${plane.bufferedBytes} bytes are held`);
    const answer = answerOf(stream);
    stream.resume();
    t.equal((await answer).body.length, content.length);
  });

  await t.test("the client, for the server", async (t) => {
    const stream = client.open({ ":path": "/", ":method": "POST" });
    stream.on("wantTrailers", () => stream.sendTrailers({}));
    const answer = answerOf(stream);
    stream.end(content);
    let before = -1;
    await until(async () => {
      await turns(20);
      const now = plane.bufferedBytes;
      const same = now === before && fromClient !== null;
      before = now;
      return same;
    });
    t.ok(plane.bufferedBytes < 8 * buffer, `${plane.bufferedBytes} bytes are held`);
    let length = 0;
    fromClient!.on("data", (part: Buffer) => {
      length += part.length;
    });
    fromClient!.on("end", () => answerWith(fromClient!, { ":status": 200 }, String(length)));
    fromClient!.resume();
    t.equal((await answer).body.toString(), String(content.length));
  });
});

t.test("connections are closed when they are idle, or worn", async (t) => {
  const { client, plane, pass } = await setUp(t, (stream) => ok(stream), {
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
  const { client, plane, pass } = await start(t, [address], { http: { idle_timeout: 2_000 } });
  t.equal(status(await client.ask({ ":path": "/" })), "200");
  await pass(() => plane.serverCount("openConnections") === 0);
  const [socket] = sockets;
  // Whoever is gone answers with a reset.
  await pass(() => {
    if (!socket!.destroyed) socket!.write(frame(frameType.ping, 0, 0, Buffer.alloc(8)));
    return socket!.destroyed;
  });
});

t.test("an early answer: the client may finish what it sends, and the connection goes on", async (t) => {
  const { client, plane } = await setUp(t, (stream) => {
    answerWith(stream, { ":status": 413 }, "too much");
    stream.close(code.none);
  });
  const answer = await client.ask({ ":path": "/", ":method": "POST" }, Buffer.alloc(300_000));
  t.equal(status(answer), "413");
  t.equal(answer.body.toString(), "too much");
  t.equal(status(await client.ask({ ":path": "/" })), "413");
  await until(() => plane.serverCount("requestsInFlight") === 0);
});

t.test("an answer whose length has come is whole, whatever becomes of its stream then", async (t) => {
  const ends: readonly ((stream: ServerHttp2Stream) => void)[] = [
    (stream) => stream.close(code.none),
    (stream) => stream.destroy(new Error("broken")),
    (stream) => stream.session!.destroy(),
  ];
  const { plane, peer } = await setUp(t, (stream, headers) => {
    if (fieldOf(headers, ":path") === "/next") ok(stream, "next");
    else {
      stream.respond({ ":status": 200, "content-length": 5 });
      stream.write("whole");
    }
  });
  for (const end of ends) {
    const client = await WireClient.connect(plane.address);
    await client.send(get("/"));
    await client.readUntil("whole");
    const stream = peer.streams.at(-1)!;
    // Nothing tells the client that it had better not ask for more.
    await client.send(get("/next"));
    end(stream);
    await client.readUntil("next");
    t.equal(client.ended, null);
    client.close();
  }
  // No client has lost anything.
  t.equal(plane.upstreamErrors("truncated") + plane.upstreamErrors("connection_lost"), 0);
});

t.test("a part never passes for the whole", async (t) => {
  const settings = frame(frameType.settings, 0, 0);
  const ends = ({ type, flags }: Frame) =>
    (type === frameType.data || type === frameType.headers) && (flags & flag.endStream) !== 0;

  await t.test("a request that its client gives up", async (t) => {
    const received: Buffer[] = [];
    const address = await startTcp(t, (socket) => {
      socket.write(settings);
      socket.on("data", (bytes: Buffer) => received.push(bytes));
    });
    const { client } = await start(t, [address]);
    const framesOfRequest = () =>
      readFrames(Buffer.concat(received).subarray(preface.length)).filter(({ stream }) => stream === 1);
    for (const headers of [{}, { "content-length": "100" }]) {
      received.length = 0;
      const stream = client.open({ ":path": "/", ":method": "POST", ...headers });
      stream.write("a part");
      await until(() => Buffer.concat(received).includes("a part"));
      stream.close(code.cancel);
      await until(() => Buffer.concat(received).includes(Buffer.from([0, 0, 0, code.cancel])));
      t.equal(framesOfRequest().filter(ends).length, 0);
    }
  });

  await t.test("an answer that its server does not finish", async (t) => {
    const { plane } = await setUp(t, (stream, headers) => {
      stream.respond({
        ":status": 200,
        ...(fieldOf(headers, ":path") === "/long" && { "content-length": 100 }),
      });
      stream.write("a part", () => stream.destroy(new Error("broken")));
    });
    for (const path of ["/", "/long"]) {
      const client = await WireClient.connect(plane.address);
      await client.send(Buffer.concat([preface, settings, getRequest(1, path)]));
      const frames = () => readFrames(client.received).filter(({ stream }) => stream === 1);
      await until(() => frames().some(({ type }) => type === frameType.resetStream));
      t.equal(frames().filter(ends).length, 0);
      t.equal(frames().at(-1)!.payload.readUInt32BE(), code.internalError);
      client.close();
    }
  });
});
