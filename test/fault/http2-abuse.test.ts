/** Clients of HTTP/2 that try to wear podmate out: each is bounded, and disturbs no other. */
import t, { type Test } from "tap";
import { FakeClock } from "../support/fake-clock.ts";
import { type HttpPlaneOptions, startHttpPlane } from "../support/http-plane.ts";
import {
  data,
  fields,
  flag,
  frame,
  frameType,
  getRequest,
  resetStream,
  setting,
  windowUpdate,
} from "../support/http2-frames.ts";
import { answerWith, fieldOf, Http2Client, startHttp2Peer } from "../support/http2-peers.ts";
import { RawHttp2Client } from "../support/http2-raw.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import type { Teardown } from "../support/teardown.ts";
import { turns, until } from "../support/until.ts";

const settings = frame(frameType.settings, 0, 0);
const initialWindowSize = 4;
const large = Buffer.alloc(1 << 20, "x");

/** A plane in front of a server that answers `ok`, a MiB to `/large`, and nothing to `/silent`; and a client that is well. */
async function setUp(t: Teardown, options: HttpPlaneOptions = {}) {
  const clock = new FakeClock();
  const peer = await startHttp2Peer(t, (stream, headers) => {
    stream.resume();
    const path = fieldOf(headers, ":path");
    if (path !== "/silent") answerWith(stream, { ":status": 200 }, path === "/large" ? large : "ok");
  });
  const plane = await startHttpPlane(t, [peer.address], {
    ...options,
    listener: { http2: true, ...options.listener },
    http: { version: 2, ...options.http },
    clock,
  });
  expectNothingBuffered(t, plane);
  const other = await Http2Client.connect(t, plane.address);
  /** The other client is served as ever, and nothing is left of the one that is gone. */
  const expectWell = async (t: Test) => {
    await until(() => plane.listenerCount("openConnections") === 1);
    t.equal((await other.ask({ ":path": "/" })).body.toString(), "ok");
    await until(() => plane.serverCount("requestsInFlight") === 0);
    await until(() => peer.streams.every(({ destroyed }) => destroyed));
  };
  return { clock, peer, plane, other, expectWell };
}

const repeat = (count: number, make: (i: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));
const post = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/silent"],
  [":authority", "h"],
] as const;
const openPost = (stream: number, ...more: readonly (readonly [string, string])[]) =>
  frame(frameType.headers, flag.endHeaders, stream, fields(...post, ...more));

t.test("floods end the connection that they come from, and no other", async (t) => {
  const { plane, other, expectWell } = await setUp(t);
  await other.ask({ ":path": "/" });
  const floods: [string, Buffer][] = [
    [
      "rapid reset (CVE-2023-44487)",
      repeat(3_000, (i) => Buffer.concat([getRequest(2 * i + 1, "/silent"), resetStream(2 * i + 1, 8)])),
    ],
    [
      "requests that podmate has to reset (CVE-2025-8671)",
      repeat(3_000, (i) =>
        Buffer.concat([openPost(2 * i + 1, ["content-length", "5"]), data(2 * i + 1, "x", true)]),
      ),
    ],
    ["malformed heads", repeat(3_000, (i) => getRequest(2 * i + 1, "/silent", ["connection", "close"]))],
    ["settings (CVE-2019-9515)", repeat(20_000, () => settings)],
    ["pings (CVE-2019-9512)", repeat(20_000, () => frame(frameType.ping, 0, 0, Buffer.alloc(8)))],
    [
      "continuations (CVE-2024-27983)",
      Buffer.concat([
        frame(frameType.headers, flag.endStream, 1, fields([":method", "GET"])),
        repeat(2_000, () => frame(frameType.continuation, 0, 1, fields(["x", "y".repeat(120)]))),
      ]),
    ],
    [
      "continuations of nothing",
      Buffer.concat([
        frame(frameType.headers, flag.endStream, 1, fields([":method", "GET"])),
        repeat(20_000, () => frame(frameType.continuation, 0, 1)),
      ]),
    ],
    ["empty frames (CVE-2019-9518)", Buffer.concat([openPost(1), repeat(20_000, () => data(1, ""))])],
    ["frames that are none", repeat(100, () => frame(frameType.data, 0, 0, Buffer.alloc(10)))],
    ["more streams than it may", repeat(2_000, (i) => openPost(2 * i + 1))],
  ];
  for (const [name, flood] of floods) {
    await t.test(name, async (t) => {
      // It reads nothing of what it is answered.
      const client = await RawHttp2Client.connect(t, plane.address, flood);
      await until(() => plane.listenerCount("openConnections") === 1);
      client.wire.close();
      await expectWell(t);
    });
  }
});

t.test("no more streams than allowed come to a server, though the client has not agreed to it", async (t) => {
  const { plane, peer, expectWell } = await setUp(t, { limits: { streams: 10 } });
  // It never says that it has seen podmate's settings. The first refusals do not cost it the connection.
  const client = await RawHttp2Client.connect(
    t,
    plane.address,
    repeat(60, (i) => getRequest(2 * i + 1, "/silent")),
  );
  await until(() => client.outcome(119) !== null);
  t.equal(client.outcome(21), "reset 7", "refused: it may be sent again");
  await until(() => peer.streams.length >= 10);
  t.equal(plane.serverCount("requestsInFlight"), 10);
  client.wire.close();
  await expectWell(t);
});

t.test("a block of fields that grows in the unpacking (CVE-2016-1544)", async (t) => {
  const { plane, peer, expectWell } = await setUp(t);
  const value = Buffer.alloc(4_000, "x");
  // Put into the table once (RFC 7541 6.2.1: a length of 4000 is 127 + 3873), then named a thousand times by one byte.
  const bomb = Buffer.concat([
    fields(...post),
    Buffer.from([0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]),
    value,
    Buffer.alloc(1_000, 0x80 | 62),
  ]);
  const client = await RawHttp2Client.connect(
    t,
    plane.address,
    frame(frameType.headers, flag.endHeaders | flag.endStream, 1, bomb),
  );
  await until(() => client.outcome() !== null);
  t.ok(["reset 11", "goaway 11", 431].includes(client.outcome()!), String(client.outcome()));
  t.equal(peer.streams.length, 0);
  client.wire.close();
  await expectWell(t);
});

t.test("clients that never read", async (t) => {
  const buffer = 65_536;
  const streams = 50;
  const { clock, plane, expectWell } = await setUp(t, {
    limits: { buffer, streams },
    listener: { body_timeout: 2_000 },
  });
  /** Waits until no more is taken from the server, and looks what is held. */
  const expectBounded = async (t: Test) => {
    await until(() => plane.bufferedBytes > 0);
    for (let held = -1; held !== plane.bufferedBytes; ) {
      held = plane.bufferedBytes;
      await turns(30);
    }
    t.ok(plane.bufferedBytes < 8 * buffer * streams, `${plane.bufferedBytes} bytes are held`);
  };
  /** Moves time until all that the client had is given up. */
  const expectGivenUp = async () => {
    const before = plane.clientError("client_too_slow");
    await until(() => {
      clock.advance(100);
      return plane.clientError("client_too_slow") - before === streams;
    });
    await until(() => plane.bufferedBytes === 0 && plane.listenerCount("requestsInFlight") === 0);
  };
  const ask = (path: string) => repeat(streams, (i) => getRequest(2 * i + 1, path));

  await t.test("with a window of 0, long answers", async (t) => {
    const client = await RawHttp2Client.connect(
      t,
      plane.address,
      setting(initialWindowSize, 0),
      ask("/large"),
    );
    await expectBounded(t);
    await expectGivenUp();
    t.equal(client.outcome(1), 200, "the head came");
    client.wire.close();
    await expectWell(t);
  });

  await t.test("with a window of 0, short answers", async (t) => {
    const client = await RawHttp2Client.connect(t, plane.address, setting(initialWindowSize, 0), ask("/"));
    await until(() => client.outcome(2 * streams - 1) !== null);
    await expectBounded(t);
    await expectGivenUp();
    client.wire.close();
    await expectWell(t);
  });

  await t.test("with a window, and no eye for the socket", async (t) => {
    const client = await RawHttp2Client.connect(
      t,
      plane.address,
      setting(initialWindowSize, 2 ** 30),
      windowUpdate(0, 2 ** 30),
    );
    client.wire.pause();
    await client.send(ask("/large"));
    await expectBounded(t);
    await until(() => {
      clock.advance(100);
      return plane.listenerCount("requestsInFlight") === 0;
    });
    client.wire.close();
    await expectWell(t);
  });

  await t.test("one that takes a little now and then has time", async (t) => {
    const client = await RawHttp2Client.connect(
      t,
      plane.address,
      setting(initialWindowSize, 0),
      windowUpdate(0, 2 ** 24),
      getRequest(1, "/large"),
    );
    const got = () =>
      client
        .frames(1)
        .filter(({ type }) => type === frameType.data)
        .reduce((sum, { payload }) => sum + payload.length, 0);
    await until(() => client.outcome() !== null);
    for (let sent = 0; sent < large.length; sent += 4 * buffer) {
      await client.send(windowUpdate(1, 4 * buffer));
      await until(() => got() === sent + 4 * buffer);
      clock.advance(1_500);
      await turns();
    }
    t.equal(got(), large.length);
    t.notOk(client.frames(1).some(({ type }) => type === frameType.resetStream));
    client.wire.close();
    await expectWell(t);
  });
});
