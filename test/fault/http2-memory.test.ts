/** What one HTTP/2 client can make podmate hold: bounded, counted, and ended before anybody else suffers. */
import t from "tap";
import type { Address } from "../../src/core/address.ts";
import { bufferedBytes } from "../../src/core/buffer-pool.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { startHttpApp } from "../support/http-app.ts";
import { type HttpPlane, type HttpPlaneOptions, startHttpPlane } from "../support/http-plane.ts";
import { getRequest, setting, windowUpdate } from "../support/http2-frames.ts";
import { Http2Client, startHttp2Peer } from "../support/http2-peers.ts";
import { startTcp } from "../support/http2-plane.ts";
import { RawHttp2Client } from "../support/http2-raw.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import type { Teardown } from "../support/teardown.ts";
import { turns, until } from "../support/until.ts";

const mebi = 1 << 20;
const streams = 300;
const content = Buffer.alloc(mebi, "0123456789abcdef");
const initialWindowSize = 4;

/** A plane that speaks HTTP/2 with clients, and whose thread may hold `bytes`. */
async function setUp(t: Teardown, servers: readonly Address[], bytes: number, options: HttpPlaneOptions) {
  const clock = new FakeClock();
  const plane = await startHttpPlane(t, servers, {
    ...options,
    listener: { http2: true, body_timeout: 60_000 },
    limits: { streams },
    total: { bytes },
    pool: { connections: streams },
    clock,
  });
  expectNothingBuffered(t, plane);
  return { clock, plane };
}

/** Waits until nothing moves any more; returns the most bytes that were held on the way. */
async function atRest(plane: HttpPlane): Promise<number> {
  let most = 0;
  for (let before = -1; before !== plane.serverCount("readBytes") + bufferedBytes(); ) {
    before = plane.serverCount("readBytes") + bufferedBytes();
    for (let turn = 0; turn < 40; turn++) {
      await turns(1);
      most = Math.max(most, bufferedBytes());
    }
  }
  return most;
}

const ask = (path: string) => Array.from({ length: streams }, (_, i) => getRequest(2 * i + 1, path));

t.test("300 answers of 1 MiB that a client with the largest windows does not read", async (t) => {
  const bytes = 64 * mebi;
  const { address } = await startHttpApp(t, (request, response) =>
    response.end(request.url === "/small" ? "ok" : content),
  );
  const { clock, plane } = await setUp(t, [address], bytes, {});
  const largest = 2 ** 31 - 1;
  const greedy = await RawHttp2Client.connect(t, plane.address, setting(initialWindowSize, largest));
  await greedy.send(windowUpdate(0, largest - 65_535));
  greedy.wire.pause();
  const slow = await Http2Client.connect(t, plane.address);
  await greedy.send(...ask("/large"));
  await until(() => plane.listenerCount("requestsInFlight") >= streams - 20);

  t.ok((await atRest(plane)) < bytes, "memory stays below the bound");
  clock.advance(1_000);
  await turns(20);
  const held = plane.listenerCount("bufferedBytes");
  t.ok(held > bytes / 2, `${held} bytes are held`);
  t.ok(Math.abs(held - bufferedBytes()) < mebi, `the metric tells of ${held} of ${bufferedBytes()} bytes`);

  const answer = await slow.ask({ ":path": "/large" });
  t.equal(answer.body.length, content.length, "another client is served meanwhile");

  for (let second = 0; second < 4; second++) {
    clock.advance(1_000);
    t.equal((await slow.ask({ ":path": "/small" })).body.toString(), "ok");
  }
  t.equal(plane.clientError("client_too_slow"), 1, "the one that takes nothing is ended");
  t.equal(plane.clientError("client_gone"), 0);
  await until(() => plane.listenerCount("requestsInFlight") === 0 && bufferedBytes() === 0);
  t.equal(plane.listenerCount("openConnections"), 1);
  t.equal((await slow.ask({ ":path": "/large" })).body.length, content.length);
});

t.test("a client that takes a little all the time is not ended for its memory", async (t) => {
  const { address } = await startHttpApp(t, (_, response) => response.end(content));
  const { clock, plane } = await setUp(t, [address], 4 * mebi, {});
  const client = await RawHttp2Client.connect(t, plane.address, setting(initialWindowSize, mebi));
  await client.send(...ask("/"));
  await atRest(plane);
  for (let second = 0; second < 6; second++) {
    await client.send(windowUpdate(0, 4_096));
    await atRest(plane);
    clock.advance(1_000);
    await turns(20);
  }
  t.equal(plane.clientError("client_too_slow"), 0);
  t.equal(plane.listenerCount("openConnections"), 1);
  for (let second = 0; second < 4; second++) {
    clock.advance(1_000);
    await turns(20);
  }
  t.equal(plane.clientError("client_too_slow"), 1, "until it takes nothing");
});

t.test("what is read of servers and not written to the client is in the metric", async (t) => {
  for (const version of [1, 2] as const) {
    await t.test(`from servers of HTTP/${version}`, async (t) => {
      const server =
        version === 1
          ? await startHttpApp(t, (_, response) => response.end(content))
          : await startHttp2Peer(t, (stream) => {
              stream.resume();
              stream.respond({ ":status": 200 });
              stream.end(content);
            });
      const { clock, plane } = await setUp(t, [server.address], 256 * mebi, { http: { version } });
      const client = await RawHttp2Client.connect(t, plane.address);
      await client.send(...ask("/"));
      await until(() => {
        clock.advance(10);
        return plane.serverCount("readBytes") > 0;
      });
      await atRest(plane);
      clock.advance(1_000);
      await turns(20);
      const owed = plane.serverCount("readBytes") - client.wire.received.length;
      t.ok(owed > mebi / 2, `${owed} bytes`);
      t.ok(
        plane.listenerCount("bufferedBytes") > 0.9 * owed,
        `${plane.listenerCount("bufferedBytes")} of ${owed}`,
      );
      t.ok(bufferedBytes() > 0.9 * owed, "and in what the limits are held against");
    });
  }
});

t.test("uploads that the server does not take", async (t) => {
  const address = await startTcp(t, (socket) => socket.pause(), { pauseOnConnect: true });
  const { clock, plane } = await setUp(t, [address], 16 * mebi, {});
  const client = await Http2Client.connect(t, plane.address);
  // More than the kernel takes for one connection.
  const upload = Buffer.alloc(8 * mebi);
  for (let i = 0; i < 20; i++) client.open({ ":path": "/", ":method": "POST" }).end(upload);
  await until(() => bufferedBytes() > mebi);
  t.ok((await atRest(plane)) < 4 * mebi, "all of them hold no more than one connection may");
  clock.advance(1_000);
  await turns(20);
  const held = plane.listenerCount("bufferedBytes");
  t.ok(Math.abs(held - bufferedBytes()) < 100_000, `the metric tells of ${held} of ${bufferedBytes()} bytes`);
});

t.test("other requests of the same client go on while one of its answers is not taken", async (t) => {
  const { address } = await startHttpApp(t, (request, response) =>
    response.end(request.url === "/small" ? "ok" : content),
  );
  // So little that memory is scarce with one answer.
  const { plane } = await setUp(t, [address], 100_000, {});
  const client = await Http2Client.connect(t, plane.address);
  const stream = client.open({ ":path": "/" }, { endStream: true });
  stream.pause();
  await until(() => plane.listenerCount("requestsInFlight") === 1);
  await atRest(plane);
  t.ok(bufferedBytes() < 3 * 131_072, `${bufferedBytes()} bytes are held`);
  const closed = new Promise((resolve) => stream.on("close", resolve));
  let length = 0;
  stream.on("data", (part: Buffer) => {
    length += part.length;
  });
  stream.resume();
  await closed;
  t.equal(length, content.length, "and it goes on in small pieces");
});
