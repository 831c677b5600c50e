/** Whoever does not read over HTTP/2 lets the other side wait. */
import { once } from "node:events";
import type { OutgoingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import t from "tap";
import { answerOf, answerWith, fieldOf } from "../support/http2-peers.ts";
import { code, startHttp2Chain } from "../support/http2-plane.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

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

t.test(
  "an answer that has come is given to a slow client, though its server has closed the connection",
  async (t) => {
    const content = Buffer.alloc(240_000, "0123456789");
    const departures: Readonly<Record<string, (session: ServerHttp2Session) => void>> = {
      "by a GOAWAY": (session) => session.close(),
      "by a GOAWAY with an error code": (session) => session.destroy(undefined, code.internalError),
      "without a word": (session) => session.destroy(),
    };
    const answers: readonly OutgoingHttpHeaders[] = [
      { ":status": 200 },
      { ":status": 200, "content-length": content.length },
      { ":status": 200, trailer: "t" },
    ];
    const { client, plane, peer, pass } = await startHttp2Chain(
      t,
      (stream, headers) => {
        const answer = answers[Number(fieldOf(headers, "x-answer"))]!;
        answerWith(stream, answer, content, "trailer" in answer ? { t: "1" } : undefined);
      },
      { limits: { buffer: 65_536 }, listener: { body_timeout: 0 } },
    );
    /** Has the server end the connection when podmate has all of the answer. */
    const depart = async (leave: (session: ServerHttp2Session) => void) => {
      await pass(() => plane.serverCount("openConnections") === 1 && readBytes() > content.length);
      for (const session of peer.sessions) leave(session);
      await until(() => [...peer.sessions].every(({ destroyed }) => destroyed));
      await turns(20);
    };
    let before = 0;
    const readBytes = () => plane.serverCount("readBytes") - before;

    for (const [name, leave] of Object.entries(departures)) {
      await t.test(name, async (t) => {
        for (const [i, { trailer }] of answers.entries()) {
          before = plane.serverCount("readBytes");
          const stream = client.open({ ":path": "/", "x-answer": String(i) }, { endStream: true });
          stream.pause();
          await once(stream, "response");
          await depart(leave);
          const answer = answerOf(stream);
          stream.resume();
          const { body, trailers, code: ended } = await answer;
          t.ok(body.equals(content), `${body.length} bytes`);
          t.equal(fieldOf(trailers, "t"), trailer === undefined ? undefined : "1");
          t.equal(ended, 0);
          await pass(() => plane.serverCount("openConnections") === 0);
        }
      });
    }

    await t.test("to a client of HTTP/1.1", async (t) => {
      before = plane.serverCount("readBytes");
      const slow = await WireClient.connect(plane.address);
      slow.pause();
      await slow.send("GET / HTTP/1.1\r\nHost: h\r\nx-answer: 1\r\n\r\n");
      await depart((session) => session.destroy());
      slow.resume();
      await slow.readUntil(content.toString());
      t.equal(slow.ended, null);
      slow.close();
    });

    t.same(plane.logs, []);
    t.equal(plane.upstreamErrors("truncated") + plane.upstreamErrors("connection_lost"), 0);
  },
);
