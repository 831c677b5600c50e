/** Whoever does not read over HTTP/2 lets the other side wait. */
import { once } from "node:events";
import type { ServerHttp2Stream } from "node:http2";
import t from "tap";
import { answerOf, answerWith, fieldOf } from "../support/http2-peers.ts";
import { startHttp2Chain } from "../support/http2-plane.ts";
import { turns, until } from "../support/until.ts";

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
