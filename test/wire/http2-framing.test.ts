/** Frames of HTTP/2 that break a rule of RFC 9113 (4 to 6), and those that only look as if they did; in the manner of h2spec. */
import t from "tap";
import { startHttpPlane } from "../support/http-plane.ts";
import {
  data,
  fields,
  flag,
  frame,
  frameType,
  getRequest,
  goaway,
  preface,
  readFrames,
  resetStream,
  setting,
  windowUpdate,
} from "../support/http2-frames.ts";
import { answerWith, fieldOf, startHttp2Peer, whole } from "../support/http2-peers.ts";
import { RawHttp2Client } from "../support/http2-raw.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import type { Teardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

type Case = readonly [name: string, outcome: number | string, ...frames: readonly Buffer[]];

/** Codes of errors (RFC 9113 7), as they come in a GOAWAY. */
const error = {
  protocol: "goaway 1",
  internal: "goaway 2",
  flowControl: "goaway 3",
  streamClosed: "goaway 5",
  frameSize: "goaway 6",
  compression: "goaway 9",
} as const;

const settings = frame(frameType.settings, 0, 0);
const zeros = (length: number) => Buffer.alloc(length);
const block = (method: string, path: string) =>
  fields([":method", method], [":scheme", "http"], [":path", path], [":authority", "h"]);
const head = (flags: number, payload: Buffer, stream = 1) => frame(frameType.headers, flags, stream, payload);
/** A request that has begun, and whose server waits for the rest of it. */
const post = (stream = 1) => head(flag.endHeaders, block("POST", "/"), stream);
/** A whole request that is not answered. */
const silent = (stream = 1) => getRequest(stream, "/silent");
const continuation = (payload: Buffer, flags = 0, stream = 1) =>
  frame(frameType.continuation, flags, stream, payload);
const priority = (stream: number, dependsOn: number) => {
  const payload = zeros(5);
  payload.writeUInt32BE(dependsOn);
  return frame(frameType.priority, 0, stream, payload);
};
const ping = (flags: number, stream = 0, length = 8) =>
  frame(frameType.ping, flags, stream, Buffer.alloc(length, "p"));

async function setUp(t: Teardown) {
  const peer = await startHttp2Peer(
    t,
    whole(({ stream, headers, body }) => {
      if (fieldOf(headers, ":path") !== "/silent") answerWith(stream, { ":status": 200 }, body);
    }),
  );
  const plane = await startHttpPlane(t, [peer.address], { listener: { http2: true }, http: { version: 2 } });
  expectNothingBuffered(t, plane);
  const connect = (...frames: readonly Buffer[]) => RawHttp2Client.connect(t, plane.address, ...frames);
  /** Sends frames on a connection of their own; resolves to what the first stream is answered. */
  async function outcome(...frames: readonly Buffer[]): Promise<number | string> {
    const client = await connect(...frames);
    await until(() => client.outcome() !== null || client.wire.ended !== null);
    const answer = client.outcome() ?? "closed";
    client.wire.close();
    return answer;
  }
  return { plane, connect, outcome };
}

const get = getRequest(1, "/");
const groups: Readonly<Record<string, readonly Case[]>> = {
  "sizes (4.2)": [
    ["DATA of more than 16384 bytes", error.frameSize, post(), data(1, zeros(16_385))],
    ["HEADERS of more than 16384 bytes", error.frameSize, head(flag.endHeaders, zeros(16_385))],
    ["DATA of just as many", 200, post(), data(1, zeros(16_384), true)],
    ["PING of 7 bytes", error.frameSize, ping(0, 0, 7)],
    ["SETTINGS of 5 bytes", error.frameSize, frame(frameType.settings, 0, 0, zeros(5))],
    [
      "SETTINGS that acknowledge and say more",
      error.frameSize,
      frame(frameType.settings, flag.ack, 0, zeros(6)),
    ],
    ["RST_STREAM of 3 bytes", error.frameSize, post(), frame(frameType.resetStream, 0, 1, zeros(3))],
    ["WINDOW_UPDATE of 3 bytes", error.frameSize, frame(frameType.windowUpdate, 0, 0, zeros(3))],
    ["GOAWAY of 7 bytes", error.frameSize, frame(frameType.goaway, 0, 0, zeros(7))],
    ["PRIORITY of 4 bytes", error.frameSize, post(), frame(frameType.priority, 0, 1, zeros(4))],
  ],
  "padding (6.1, 6.2)": [
    [
      "of a head and of content",
      200,
      head(flag.endHeaders | flag.padded, Buffer.concat([Buffer.from([9]), block("POST", "/"), zeros(9)])),
      frame(
        frameType.data,
        flag.endStream | flag.padded,
        1,
        Buffer.concat([Buffer.from([3, 0x61]), zeros(3)]),
      ),
    ],
    [
      "and nothing else",
      200,
      post(),
      frame(frameType.data, flag.endStream | flag.padded, 1, Buffer.concat([Buffer.from([3]), zeros(3)])),
    ],
    [
      "DATA with more than there is",
      error.protocol,
      post(),
      frame(frameType.data, flag.padded, 1, Buffer.from([4, 0, 0, 0])),
    ],
    [
      "HEADERS with more than there is",
      error.protocol,
      head(flag.endHeaders | flag.padded, Buffer.concat([Buffer.from([255]), block("GET", "/")])),
    ],
    ["DATA without its length", error.protocol, post(), frame(frameType.data, flag.padded, 1)],
  ],
  "priority (5.3)": [
    ["PRIORITY before its stream", 200, priority(1, 0), get],
    ["PRIORITY on itself", 200, priority(1, 1), get],
    [
      "HEADERS on themselves",
      error.protocol,
      head(
        flag.endStream | flag.endHeaders | flag.priority,
        Buffer.concat([Buffer.from([0, 0, 0, 1, 0]), block("GET", "/")]),
      ),
    ],
    ["PRIORITY of the connection", 200, priority(0, 1), get],
    ["HEADERS that end in the priority", error.frameSize, head(flag.endHeaders | flag.priority, zeros(4))],
  ],
  "windows (6.9)": [
    ["0 for the connection", error.protocol, windowUpdate(0, 0)],
    ["0 for a stream", error.protocol, post(), windowUpdate(1, 0)],
    ["more than 2^31 - 1 for the connection", error.flowControl, windowUpdate(0, 2 ** 31 - 1)],
    ["more than 2^31 - 1 for a stream", error.flowControl, post(), windowUpdate(1, 2 ** 31 - 1)],
    ["for a stream that is idle", error.protocol, windowUpdate(1, 1)],
    ["for a stream that has ended", 200, get, windowUpdate(1, 1)],
    ["by SETTINGS, of 2^31", error.flowControl, setting(4, 2 ** 31)],
    [
      "by SETTINGS, more than 2^31 - 1 with what a stream has",
      error.flowControl,
      post(),
      windowUpdate(1, 2 ** 31 - 1 - 65_535),
      setting(4, 65_536),
    ],
  ],
  "settings (6.5)": [
    ["of a stream", error.protocol, frame(frameType.settings, 0, 1)],
    ["ENABLE_PUSH of 2", error.protocol, setting(2, 2)],
    ["MAX_FRAME_SIZE of 16383", error.protocol, setting(5, 16_383)],
    ["MAX_FRAME_SIZE of 2^24", error.protocol, setting(5, 2 ** 24)],
    ["ENABLE_CONNECT_PROTOCOL of 2", error.protocol, setting(8, 2)],
    ["one that nobody knows", 200, setting(0xff, 2 ** 32 - 1), get],
    [
      "an acknowledgement that nobody waits for",
      error.protocol,
      ...Array<Buffer>(9).fill(frame(frameType.settings, flag.ack, 0)),
    ],
  ],
  "blocks of fields in several frames (4.3, 6.10)": [
    [
      "three",
      200,
      head(flag.endStream, block("GET", "/").subarray(0, 20)),
      continuation(block("GET", "/").subarray(20, 21)),
      continuation(block("GET", "/").subarray(21), flag.endHeaders),
    ],
    ["PING between them", error.protocol, head(flag.endStream, block("GET", "/")), ping(0)],
    [
      "a frame of another stream between them",
      error.protocol,
      head(flag.endStream, block("GET", "/")),
      getRequest(3, "/"),
    ],
    ["DATA between them", error.protocol, head(0, block("POST", "/")), data(1, "x", true)],
    [
      "a frame that nobody knows between them",
      error.protocol,
      head(flag.endStream, block("GET", "/")),
      frame(0xfa, 0, 1),
    ],
    [
      "CONTINUATION of another stream",
      error.protocol,
      head(flag.endStream, block("GET", "/")),
      continuation(zeros(0), flag.endHeaders, 3),
    ],
    ["CONTINUATION of nothing", error.protocol, continuation(block("GET", "/"), flag.endHeaders)],
    ["CONTINUATION behind the end", error.protocol, silent(), continuation(zeros(0), flag.endHeaders)],
    ["CONTINUATION of the connection", error.protocol, continuation(zeros(0), flag.endHeaders, 0)],
  ],
  "compression (RFC 7541)": [
    [
      "an index that is not in the table",
      error.compression,
      head(flag.endHeaders, Buffer.from([0xff, 0x7f])),
    ],
    ["an index of 0", error.compression, head(flag.endHeaders, Buffer.from([0x80]))],
    [
      "a table larger than agreed",
      error.compression,
      head(flag.endHeaders, Buffer.from([0x3f, 0xff, 0xff, 0x03])),
    ],
    [
      "a string that ends with the frame",
      error.compression,
      head(flag.endHeaders, Buffer.from([0, 5, 0x61])),
    ],
    [
      "EOS in a Huffman code",
      error.compression,
      head(flag.endHeaders, Buffer.from([0, 0x84, 255, 255, 255, 255, 0])),
    ],
  ],
  "streams (5.1)": [
    ["HEADERS of the connection", error.protocol, head(flag.endHeaders, block("GET", "/"), 0)],
    ["DATA of the connection", error.protocol, data(0, "x")],
    ["RST_STREAM of the connection", error.protocol, resetStream(0, 8)],
    ["HEADERS of an even stream", error.protocol, getRequest(2, "/")],
    ["DATA of an idle stream", error.protocol, data(1, "x")],
    ["RST_STREAM of an idle stream", error.protocol, resetStream(1, 8)],
    [
      "HEADERS behind the end of a request",
      error.streamClosed,
      silent(),
      head(flag.endStream | flag.endHeaders, block("GET", "/")),
    ],
    ["DATA behind the end of a request", error.streamClosed, silent(), data(1, "x")],
    ["PUSH_PROMISE", error.protocol, post(), frame(frameType.pushPromise, flag.endHeaders, 1, zeros(4))],
    ["the reserved bit is not looked at", 200, frame(frameType.headers, 5, 2 ** 31 + 1, block("GET", "/"))],
  ],
  "PING and GOAWAY (6.7, 6.8)": [
    ["PING of a stream", error.protocol, ping(0, 1)],
    ["an answer to a PING that was not sent", error.internal, ping(flag.ack)],
    ["GOAWAY of a stream", error.protocol, frame(frameType.goaway, 0, 1, zeros(8))],
  ],
  "what nobody knows (4.1, 5.5)": [
    ["a frame of the connection", 200, frame(0xfa, 0xff, 0, zeros(9)), get],
    ["a frame of a stream", 200, post(), frame(0xfa, 0xff, 1, zeros(9)), data(1, "x", true)],
    ["flags", 200, frame(frameType.headers, 0xd2 | 5, 1, block("GET", "/"))],
  ],
};

for (const [name, cases] of Object.entries(groups)) {
  t.test(name, async (t) => {
    const { outcome } = await setUp(t);
    for (const [what, expected, ...frames] of cases) t.equal(await outcome(...frames), expected, what);
  });
}

t.test("each SETTINGS is acknowledged, and each PING answered with what it says", async (t) => {
  const { connect } = await setUp(t);
  const client = await connect(setting(3, 7), ping(0), frame(frameType.ping, 0, 0, Buffer.from("12345678")));
  const frames = (type: number) =>
    client.frames(0).filter((one) => one.type === type && (one.flags & flag.ack) !== 0);
  await until(() => frames(frameType.ping).length === 2);
  t.same(
    frames(frameType.ping).map(({ payload }) => payload.toString()),
    ["pppppppp", "12345678"],
  );
  t.same(
    frames(frameType.settings).map(({ payload }) => payload.length),
    [0, 0],
  );
});

t.test(
  "HEADERS of an older stream come to nothing: nghttp2 takes that for one which was reset",
  async (t) => {
    const { connect } = await setUp(t);
    const client = await connect(silent(5), getRequest(3, "/"), getRequest(7, "/"));
    await until(() => client.outcome(7) === 200);
    t.same(client.frames(3), []);
  },
);

t.test("what comes on a stream that was reset is dropped, as it may have been under way", async (t) => {
  const { connect } = await setUp(t);
  const late: readonly Buffer[] = [
    data(1, "late"),
    head(flag.endStream | flag.endHeaders, block("GET", "/")),
    windowUpdate(1, 1),
    resetStream(1, 8),
  ];
  for (const frames of late) {
    const client = await connect(post(), resetStream(1, 8), frames, getRequest(3, "/"));
    await until(() => client.outcome(3) !== null);
    t.equal(client.outcome(3), 200);
    t.notOk(client.frames(1).some(({ type }) => type === frameType.headers));
  }
});

t.test("a client that says GOAWAY is answered what it has asked before", async (t) => {
  const { connect } = await setUp(t);
  const client = await connect(get, goaway(0, 0));
  await until(() => client.outcome() === 200);
});

t.test("the preface (3.4)", async (t) => {
  const { plane } = await setUp(t);
  /** What is answered to `bytes` that begin a connection: the beginning of HTTP/1.1, or the code of a GOAWAY. */
  async function answer(...bytes: readonly Buffer[]): Promise<string> {
    const wire = await WireClient.connect(plane.address);
    t.teardown(() => wire.close());
    for (const piece of bytes) await wire.send(piece);
    await until(() => wire.ended !== null);
    const { received } = wire;
    if (received.subarray(0, 5).toString() === "HTTP/") return received.subarray(0, 12).toString();
    const last = readFrames(received).find(({ type }) => type === frameType.goaway)!;
    return `goaway ${last.payload.readUInt32BE(4)}`;
  }
  t.equal(await answer(preface, ping(0)), error.protocol, "another frame in place of SETTINGS");
  t.equal(await answer(preface, get), error.protocol, "a request in place of SETTINGS");
  t.equal(
    await answer(preface, frame(frameType.settings, flag.ack, 0)),
    error.protocol,
    "an acknowledgement",
  );
  t.equal(await answer(Buffer.from("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"), settings), "HTTP/1.1 505");
  t.equal(
    await answer(Buffer.from("PRI * HTTP/2.0\r\n\r\n"), Buffer.from("XX\r\n\r\n"), settings),
    "HTTP/1.1 505",
  );
});
