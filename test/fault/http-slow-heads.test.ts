/** A server that always says something but never gives an answer: `timeout` bounds the wait for the head all the same. */
import t from "tap";
import { FakeClock } from "../support/fake-clock.ts";
import { get, head, ok, problem } from "../support/http-messages.ts";
import { setUpHttp, startHttpPlane } from "../support/http-plane.ts";
import { answerOf, fieldOf, Http2Client, startHttp2Peer } from "../support/http2-peers.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { until } from "../support/until.ts";

const late = problem(504, "timeout", { close: false, date: "Thu, 01 Jan 2026 00:00:05 GMT" });

t.test("a head that comes byte by byte", async (t) => {
  const { clock, peer, plane, connect } = await setUpHttp(t, { pool: { timeout: 5_000 } });
  const client = await connect();
  await client.send(get());
  const server = await peer.nextConnection();
  await server.expect(get());
  for (const byte of "HTTP/") {
    const before = plane.serverCount("readBytes");
    await server.send(byte);
    await until(() => plane.serverCount("readBytes") > before);
    clock.advance(1_000);
  }
  await client.expect(late);
  await server.expectClose();
  t.equal(plane.upstreamErrors("timeout"), 1);
});

t.test("answers of 1xx without end", async (t) => {
  const { clock, peer, connect } = await setUpHttp(t, { pool: { timeout: 5_000 } });
  const client = await connect();
  await client.send(get());
  const server = await peer.nextConnection();
  await server.expect(get());
  for (let i = 0; i < 5; i++) {
    await server.send(head("HTTP/1.1 102 Processing"));
    await client.expect(head("HTTP/1.1 102 Processing"));
    clock.advance(1_000);
  }
  await client.expect(late);
  await server.expectClose();
});

t.test("an answer that begins in time may take longer", async (t) => {
  const { clock, peer, connect } = await setUpHttp(t, { pool: { timeout: 5_000 } });
  const client = await connect();
  await client.send(get());
  const server = await peer.nextConnection();
  await server.expect(get());
  clock.advance(4_000);
  await server.send(ok("0123456789").slice(0, -5));
  await client.expect(ok("0123456789").slice(0, -5));
  clock.advance(4_000);
  await server.send("56789");
  await client.expect("56789");
});

t.test("the same with a server of HTTP/2", async (t) => {
  const peer = await startHttp2Peer(t, (stream) => stream.additionalHeaders({ ":status": 103 }));
  const clock = new FakeClock();
  const plane = await startHttpPlane(t, [peer.address], {
    listener: { http2: true },
    http: { version: 2 },
    pool: { timeout: 5_000 },
    clock,
  });
  expectNothingBuffered(t, plane);
  const client = await Http2Client.connect(t, plane.address);
  const stream = client.open({ ":path": "/" }, { endStream: true });
  let hints = 0;
  stream.on("headers", () => {
    hints++;
  });
  const answer = answerOf(stream);
  for (let i = 1; i <= 5; i++) {
    await until(() => hints === i);
    clock.advance(1_000);
    if (i < 5) peer.streams[0]!.additionalHeaders({ ":status": 103 });
  }
  t.equal(fieldOf((await answer).headers, ":status"), "504");
});
