/** How connections of HTTP/2 begin, what is refused, and how they end. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTls } from "node:tls";
import t from "tap";
import { makeCertificate } from "../support/certificates.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type HttpPlaneOptions, startHttpPlane } from "../support/http-plane.ts";
import { flag, frame, frameType, getRequest, preface, readFrames } from "../support/http2-frames.ts";
import { answerOf, answerWith, fieldOf, Http2Client, startHttp2Peer, whole } from "../support/http2-peers.ts";
import { needs } from "../support/needs.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import type { Teardown } from "../support/teardown.ts";
import { tempDir } from "../support/temp-dir.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const settings = frame(frameType.settings, 0, 0);

/** A plane that speaks HTTP/2 both ways in front of a server that answers `ok`, once `answers` is true. */
async function setUp(t: Teardown, options: HttpPlaneOptions = {}) {
  const clock = new FakeClock();
  const peer = await startHttp2Peer(
    t,
    whole(({ stream, headers }) => {
      if (fieldOf(headers, ":path") !== "/silent") answerWith(stream, { ":status": 200 }, "ok");
    }),
  );
  const plane = await startHttpPlane(t, [peer.address], {
    ...options,
    listener: { http2: true, ...options.listener },
    http: { version: 2, ...options.http },
    clock,
  });
  expectNothingBuffered(t, plane);
  return { clock, peer, plane };
}

/** Moves time in small steps until something has happened. */
async function passTime(clock: FakeClock, holds: () => boolean): Promise<void> {
  await until(() => {
    clock.advance(100);
    return holds();
  });
}

t.test("a connection begins with the preface", async (t) => {
  const whole = Buffer.concat([preface, settings, getRequest(1, "/")]);
  const { plane } = await setUp(t);

  /** Whether the client's stream 1 has been answered. */
  async function isAnswered(client: WireClient): Promise<void> {
    await until(() =>
      readFrames(client.received).some(({ type, flags, stream }) => {
        return type === frameType.data && stream === 1 && (flags & flag.endStream) !== 0;
      }),
    );
    client.close();
  }

  await t.test("cut at every place", async () => {
    for (let at = 1; at <= preface.length + 9; at++) {
      const client = await WireClient.connect(plane.address);
      await client.send(whole.subarray(0, at));
      await turns(3);
      await client.send(whole.subarray(at));
      await isAnswered(client);
    }
  });

  await t.test("byte by byte", async () => {
    const client = await WireClient.connect(plane.address);
    for (const byte of whole) {
      await client.send(Buffer.from([byte]));
      await turns(1);
    }
    await isAnswered(client);
  });

  await t.test("what only begins like it is refused", async (t) => {
    for (const text of ["PRI * HTTP/2.1\r\n\r\n", "PRI / HTTP/2.0\r\n\r\n", "GET / HTTP/2.0\r\n\r\n"]) {
      const client = await WireClient.connect(plane.address);
      await client.send(text);
      await until(() => client.ended !== null);
      t.match(client.received.toString(), /^HTTP\/1\.1 (400|505) /);
      client.close();
    }
  });

  await t.test("HTTP/1.1 is spoken, too, but not first", async (t) => {
    const client = await WireClient.connect(plane.address);
    await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await until(() => client.received.includes("ok"));
    await client.send(whole);
    await until(() => client.ended !== null);
    t.match(client.received.toString(), /ok(\r\n0\r\n\r\n)?HTTP\/1\.1 (400|505) /);
    client.close();
  });
});

t.test("the preface is a malformed request where HTTP/2 is off", async (t) => {
  const { plane } = await setUp(t, { listener: { http2: false } });
  const client = await WireClient.connect(plane.address);
  await client.send(preface);
  await until(() => client.ended !== null);
  t.match(client.received.toString(), /^HTTP\/1\.1 (400|505) /);
  client.close();
});

t.test("TLS negotiates by ALPN", async (t) => {
  if (!needs(t, "openssl")) return;
  const { cert, key } = makeCertificate(await tempDir(t), "web", ["DNS:localhost"]);
  const { plane } = await setUp(t, { listener: { tls: { cert, key } } });
  const tls = { ca: readFileSync(cert), servername: "localhost" };
  const { host, port } = plane.address as { host: string; port: number };

  const client = await Http2Client.connect(t, plane.address, { tls });
  t.equal(client.session.alpnProtocol, "h2");
  t.equal((await client.ask({ ":path": "/" })).body.toString(), "ok");
  t.equal(
    (await client.ask({ ":path": "/", ":method": "POST" }, Buffer.alloc(100_000))).body.toString(),
    "ok",
  );

  const old = connectTls({ host, port, ...tls, ALPNProtocols: ["http/1.1"] });
  t.teardown(() => old.destroy());
  await once(old, "secureConnect");
  t.equal(old.alpnProtocol, "http/1.1");
  old.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const [bytes] = (await once(old, "data")) as [Buffer];
  t.match(bytes.toString(), /^HTTP\/1\.1 200 /);

  const wrong = connectTls({ host, port, ...tls, ALPNProtocols: ["http/1.1"] });
  t.teardown(() => wrong.destroy());
  await once(wrong, "secureConnect");
  wrong.write(preface);
  const [refusal] = (await once(wrong, "data")) as [Buffer];
  t.match(refusal.toString(), /^HTTP\/1\.1 (400|505) /);
});

t.test("requests that are refused", async (t) => {
  const { plane } = await setUp(t, { limits: { body: 1000 }, route: { path: "/api" } });
  const client = await Http2Client.connect(t, plane.address);
  const cases: [string, Record<string, string>, number][] = [
    ["no route", { ":path": "/" }, 404],
    ["a head that is too long", { ":path": "/api", long: "x".repeat(16_384) }, 431],
    [
      "too many fields",
      { ":path": "/api", ...Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`x${i}`, ""])) },
      431,
    ],
    ["a target that is too long", { ":path": `/api/${"x".repeat(8192)}` }, 414],
    ["an unknown expectation", { ":path": "/api", expect: "miracles" }, 417],
    ["a body that is too long", { ":path": "/api", ":method": "POST", "content-length": "1001" }, 413],
  ];
  for (const [name, headers, status] of cases) {
    await t.test(name, async (t) => {
      const body = headers[":method"] === "POST" ? Buffer.alloc(1001) : undefined;
      const answer = await client.ask(headers, body);
      t.equal(fieldOf(answer.headers, ":status"), String(status));
      t.equal(fieldOf(answer.headers, "content-type"), "application/problem+json");
      t.ok(fieldOf(answer.headers, "podmate-error"));
    });
  }

  await t.test("CONNECT", async (t) => {
    const stream = client.open({ ":method": "CONNECT", ":authority": "h:80" });
    const answer = answerOf(stream);
    stream.end();
    t.equal(fieldOf((await answer).headers, ":status"), "501");
  });

  await t.test("the connection goes on", async (t) => {
    t.equal((await client.ask({ ":path": "/api" })).body.toString(), "ok");
  });
});

t.test("drain: GOAWAY, and what is under way is answered", async (t) => {
  const { plane, peer } = await setUp(t);
  const client = await Http2Client.connect(t, plane.address);
  const silent = client.ask({ ":path": "/silent" });
  await until(() => peer.streams.length === 1);
  const drained = plane.plane.drain();
  await until(() => client.goaways.length > 0);
  await turns();
  answerWith(peer.streams[0]!, { ":status": 200 }, "late");
  t.equal((await silent).body.toString(), "late");
  await drained;
  t.equal(plane.listenerCount("openConnections"), 0);
});

t.test("pause: requests wait until it is over", async (t) => {
  const { plane, peer } = await setUp(t);
  const client = await Http2Client.connect(t, plane.address);
  await client.ask({ ":path": "/" });
  plane.plane.pause();
  const answers = [client.ask({ ":path": "/a" }), client.ask({ ":path": "/b", ":method": "POST" }, "body")];
  const given = client.open({ ":path": "/c" }, { endStream: true });
  await new Promise<void>((resolve) => client.session.ping(() => resolve()));
  given.close(8);
  await new Promise<void>((resolve) => client.session.ping(() => resolve()));
  t.equal(peer.streams.length, 1);
  plane.plane.resume();
  for (const answer of await Promise.all(answers)) t.equal(answer.body.toString(), "ok");
  t.equal(peer.streams.length, 3, "the one that was given up meanwhile has not been sent");
});

t.test("pause: so many requests wait as may be in flight; one more is not begun, and says so", async (t) => {
  const { plane, peer } = await setUp(t, { total: { requests: 4 } });
  const client = await Http2Client.connect(t, plane.address);
  await client.ask({ ":path": "/" });
  plane.plane.pause();
  const heard = () => new Promise<void>((resolve) => client.session.ping(() => resolve()));
  for (let i = 0; i < 10; i++) {
    const given = client.open({ ":path": "/given-up" }, { endStream: true });
    await heard();
    given.close(8);
    await heard();
  }
  const streams = Array.from({ length: 6 }, () => client.open({ ":path": "/a" }, { endStream: true }));
  await heard();
  await until(() => streams.filter(({ closed }) => closed).length === 2);
  t.same(
    streams.map(({ rstCode }) => rstCode),
    [0, 0, 0, 0, 7, 7],
  );
  const answers = streams.slice(0, 4).map((stream) => answerOf(stream));
  plane.plane.resume();
  for (const answer of await Promise.all(answers)) t.equal(answer.body.toString(), "ok");
  t.equal(peer.streams.length, 5);
});

t.test("an idle client is let go", async (t) => {
  const { clock, plane } = await setUp(t, { listener: { idle_timeout: 5_000 } });
  const client = await Http2Client.connect(t, plane.address);
  await client.ask({ ":path": "/" });
  await passTime(clock, () => client.session.closed);
  t.same(client.goaways.at(-1)?.[0], 0);
  await until(() => plane.listenerCount("openConnections") === 0);
  t.equal(plane.clientError("idle"), 1);
});

t.test("a client has so many requests per connection", async (t) => {
  const { plane } = await setUp(t, { limits: { requests: 3 } });
  const client = await Http2Client.connect(t, plane.address);
  for (let i = 0; i < 3; i++) t.equal((await client.ask({ ":path": "/" })).body.toString(), "ok");
  await until(() => client.goaways.length > 0);
  await until(() => plane.listenerCount("openConnections") === 0);
});

t.test("a client gets no more streams than it is told", async (t) => {
  const { plane, peer } = await setUp(t, { limits: { streams: 5 } });
  const client = await Http2Client.connect(t, plane.address);
  await client.ask({ ":path": "/" });
  t.equal(client.session.remoteSettings.maxConcurrentStreams, 5);
  const many = Array.from({ length: 20 }, () => client.open({ ":path": "/silent" }, { endStream: true }));
  await until(() => peer.streams.length === 6);
  await new Promise<void>((resolve) => client.session.ping(() => resolve()));
  t.equal(peer.streams.length, 6);
  for (const stream of many) stream.close(8);
  await until(() => plane.serverCount("requestsInFlight") === 0);
});

t.test("a client that has to wait for its body is told so in time", async (t) => {
  const { clock, plane } = await setUp(t, { listener: { body_timeout: 3_000 } });
  const client = await Http2Client.connect(t, plane.address);
  const stream = client.open({ ":path": "/", ":method": "POST" });
  stream.write("half");
  const answer = answerOf(stream);
  await until(() => plane.serverCount("requestsInFlight") === 1);
  let ended = false;
  void answer.then(() => {
    ended = true;
  });
  await passTime(clock, () => ended);
  t.equal(fieldOf((await answer).headers, ":status"), "408");
  t.equal(plane.clientError("body_timeout"), 1);
  t.equal(plane.serverCount("requestsInFlight"), 0);
});
