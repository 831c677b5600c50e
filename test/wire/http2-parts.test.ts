/** A part of a message of HTTP/2 never passes for the whole, nor the whole for a part. */
import type { ServerHttp2Stream } from "node:http2";
import t from "tap";
import { get } from "../support/http-messages.ts";
import {
  type Frame,
  flag,
  frame,
  frameType,
  getRequest,
  preface,
  readFrames,
} from "../support/http2-frames.ts";
import { fieldOf } from "../support/http2-peers.ts";
import { code, ok, startHttp2Chain, startHttp2Plane, startTcp } from "../support/http2-plane.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

t.test("an answer whose length has come is whole, whatever becomes of its stream then", async (t) => {
  const ends: readonly ((stream: ServerHttp2Stream) => void)[] = [
    (stream) => stream.close(code.none),
    (stream) => stream.destroy(new Error("broken")),
    (stream) => stream.session!.destroy(),
  ];
  const { plane, peer } = await startHttp2Chain(t, (stream, headers) => {
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
    const { client } = await startHttp2Plane(t, [address]);
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
    const { plane } = await startHttp2Chain(t, (stream, headers) => {
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
