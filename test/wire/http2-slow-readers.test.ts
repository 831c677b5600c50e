/** Whoever does not read over HTTP/2 lets the other side wait. */
import { once } from "node:events";
import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import t from "tap";
import { data, fields, flag, frame, frameType, goaway } from "../support/http2-frames.ts";
import { answerOf, answerWith, fieldOf } from "../support/http2-peers.ts";
import { code, startHttp2Chain, startHttp2Plane } from "../support/http2-plane.ts";
import { RawHttp2Server } from "../support/http2-raw.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

/** The server has taken podmate's settings, and so the window that its streams have. */
const agreed = frame(frameType.settings, flag.ack, 0);

t.test("who does not read lets the other side wait", async (t) => {
  const buffer = 65_536;
  const content = Buffer.alloc(16 << 20);
  let fromClient: ServerHttp2Stream | null = null;
  const { client, plane } = await startHttp2Chain(
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

t.test("an answer that has come is given to a slow client, though its server is gone", async (t) => {
  const piece = Buffer.alloc(16_000, "0123456789");
  const pieces = 15;
  const length = pieces * piece.length;
  const server = await RawHttp2Server.start(t);
  const { client, plane, pass } = await startHttp2Plane(t, [server.address], {
    limits: { buffer: 65_536 },
    listener: { body_timeout: 0 },
  });
  const head = (stream: number, flags: number, ...pairs: readonly (readonly [string, string])[]) =>
    frame(frameType.headers, flag.endHeaders | flags, stream, fields(...pairs));
  const contentOf = (stream: number, ends: boolean) =>
    Array.from({ length: pieces }, (_, i) => data(stream, piece, ends && i === pieces - 1));
  const contentLength = ["content-length", String(length)] as const;
  const answers: Readonly<Record<string, RawHttp2Server["answer"]>> = {
    "of no length": (stream) => [head(stream, 0, [":status", "200"]), ...contentOf(stream, true)],
    "of a length": (stream) => [
      head(stream, 0, [":status", "200"], contentLength),
      ...contentOf(stream, true),
    ],
    "of a length, and no end": (stream) => [
      head(stream, 0, [":status", "200"], contentLength),
      ...contentOf(stream, false),
    ],
    "with trailers": (stream) => [
      head(stream, 0, [":status", "200"]),
      ...contentOf(stream, false),
      head(stream, flag.endStream, ["t", "1"]),
    ],
  };
  const departures: Readonly<Record<string, (socket: Socket) => void>> = {
    "closes the connection": (socket) => socket.end(),
    "breaks it off": (socket) => socket.resetAndDestroy(),
    "says something that is no HTTP/2": (socket) => socket.write(data(0, "x")),
    "goes with an error code, and closes it": (socket) => socket.end(goaway(1, code.internalError)),
  };
  let before = 0;
  /** Has the server leave when podmate has read all of the answer, and waits until podmate knows. */
  const depart = async (leave: (socket: Socket) => void) => {
    await pass(() => plane.serverCount("readBytes") - before > length);
    leave(server.sockets.at(-1)!);
    const told = () => server.frames(server.sockets.length - 1).some(({ type }) => type === frameType.goaway);
    await pass(() => plane.serverCount("openConnections") === 0 || told());
  };

  for (const [leaving, leave] of Object.entries(departures)) {
    for (const [kind, answer] of Object.entries(answers)) {
      await t.test(`${kind}, of one that ${leaving}`, async (t) => {
        server.answer = (stream) => [agreed, ...answer(stream)];
        const stream = client.open({ ":path": "/" }, { endStream: true });
        stream.pause();
        await once(stream, "response");
        await depart(leave);
        const ended = answerOf(stream);
        stream.resume();
        const { body, trailers, code } = await ended;
        t.ok(body.equals(Buffer.concat(Array(pieces).fill(piece))), `${body.length} bytes`);
        t.equal(fieldOf(trailers, "t"), kind === "with trailers" ? "1" : undefined);
        t.equal(code, 0);
        await pass(() => plane.serverCount("openConnections") === 0);
        before = plane.serverCount("readBytes");
      });
    }
  }

  await t.test("to a client of HTTP/1.1", async (t) => {
    server.answer = (stream) => [agreed, ...answers["of a length"]!(stream)];
    const slow = await WireClient.connect(plane.address);
    slow.pause();
    await slow.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await depart((socket) => socket.end());
    slow.resume();
    await until(() => slow.received.length > length);
    t.equal(slow.ended, null);
    slow.close();
  });

  t.equal(plane.upstreamErrors("truncated"), 0);
});

t.test("an answer that has not come to its end is none for a slow client either", async (t) => {
  const server = await RawHttp2Server.start(t);
  const { client, plane, pass } = await startHttp2Plane(t, [server.address], {
    limits: { buffer: 65_536 },
    listener: { body_timeout: 0 },
  });
  const length = 15 * 16_000;
  server.answer = (stream) => [
    agreed,
    frame(frameType.headers, flag.endHeaders, stream, fields([":status", "200"])),
    ...Array.from({ length: 15 }, () => data(stream, Buffer.alloc(16_000))),
  ];
  const stream = client.open({ ":path": "/" }, { endStream: true });
  stream.pause();
  await once(stream, "response");
  await pass(() => plane.serverCount("readBytes") > length);
  server.sockets[0]!.end();
  await pass(() => plane.serverCount("openConnections") === 0);
  const answer = answerOf(stream);
  stream.resume();
  t.equal((await answer).code, code.internalError);
});
