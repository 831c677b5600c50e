/** GOAWAY of a server (RFC 9113 6.8): what it has taken goes on, what it has not is sent to another one. */
import { once } from "node:events";
import type { Socket } from "node:net";
import t from "tap";
import type { HttpPlaneOptions } from "../support/http-plane.ts";
import {
  data,
  fields,
  flag,
  frame,
  frameType,
  goaway,
  preface,
  readFrames,
} from "../support/http2-frames.ts";
import { answerOf } from "../support/http2-peers.ts";
import { code, startHttp2Plane, startTcp, status } from "../support/http2-plane.ts";
import type { Teardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

const settings = frame(frameType.settings, 0, 0);
const head = (stream: number) =>
  frame(frameType.headers, flag.endHeaders, stream, fields([":status", "200"]));
const answer = (stream: number, text: string) => Buffer.concat([head(stream), data(stream, text, true)]);
const codes = [code.none, code.internalError, code.enhanceYourCalm];

interface Connection {
  readonly socket: Socket;
  /** Streams on which a request has begun, in their order. */
  readonly asked: () => number[];
  /** Codes of the streams that podmate has reset. */
  readonly reset: (stream: number) => number | undefined;
}

/** Podmate, and one server that says what the test says, once for each connection. */
async function setUp(
  t: Teardown,
  options: HttpPlaneOptions = {},
  greeting: (index: number) => readonly Buffer[] = () => [],
) {
  const connections: Connection[] = [];
  const address = await startTcp(t, (socket) => {
    let received = Buffer.alloc(0);
    const frames = () => readFrames(received.subarray(preface.length));
    socket.on("data", (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
    });
    socket.write(Buffer.concat([settings, ...greeting(connections.length)]));
    connections.push({
      socket,
      asked: () => frames().flatMap(({ type, stream }) => (type === frameType.headers ? [stream] : [])),
      reset: (stream) =>
        frames()
          .find((one) => one.type === frameType.resetStream && one.stream === stream)
          ?.payload.readUInt32BE(),
    });
  });
  const plane = await startHttp2Plane(t, [address], { retry: { attempts: 1 }, ...options });
  /** Waits for `streams` to be asked for on the connection opened as number `index`. */
  const asked = async (index: number, ...streams: readonly number[]) => {
    await until(() => connections[index]?.asked().length === streams.length);
    return connections[index]!;
  };
  return { ...plane, connections, asked };
}

for (const error of codes) {
  t.test(`with code ${error}`, async (t) => {
    const { client, plane, asked } = await setUp(t);
    const answers = ["/1", "/3", "/5", "/7"].map((path) =>
      client.ask({ ":path": path, ":method": "POST" }, path),
    );
    const first = await asked(0, 1, 3, 5, 7);
    // One of those that it has taken has begun to be answered.
    first.socket.write(Buffer.concat([head(1), data(1, "a part, "), goaway(3, error)]));
    const second = await asked(1, 1, 3);
    second.socket.write(Buffer.concat([answer(1, "moved"), answer(3, "moved")]));
    const [one, three, five, seven] = answers;
    for (const moved of [five!, seven!]) t.equal((await moved).body.toString(), "moved");
    first.socket.write(Buffer.concat([data(1, "the rest", true), answer(3, "late")]));
    t.equal((await one!).body.toString(), "a part, the rest");
    t.equal((await three!).body.toString(), "late");
    // The connection is of no more use.
    await once(first.socket, "close");
    await until(() => plane.serverCount("openConnections") === 1);
    t.same(plane.logs, []);
    t.equal(plane.serverCount("requestsInFlight"), 0);
  });

  t.test(`with code ${error}, behind a notice that excludes nothing`, async (t) => {
    const { client, asked } = await setUp(t);
    const answers = ["/1", "/3"].map((path) => client.ask({ ":path": path, ":method": "POST" }, path));
    const first = await asked(0, 1, 3);
    first.socket.write(Buffer.concat([goaway(2 ** 31 - 1, code.none), goaway(1, error)]));
    const second = await asked(1, 1);
    second.socket.write(answer(1, "moved"));
    t.equal((await answers[1]!).body.toString(), "moved");
    first.socket.write(answer(1, "late"));
    t.equal((await answers[0]!).body.toString(), "late");
  });

  t.test(`with code ${error}, and the end of the connection: what was taken has failed`, async (t) => {
    const { client, asked } = await setUp(t);
    const answers = ["/1", "/3"].map((path) => client.ask({ ":path": path, ":method": "POST" }, path));
    const first = await asked(0, 1, 3);
    first.socket.end(goaway(1, error));
    const second = await asked(1, 1);
    second.socket.write(answer(1, "moved"));
    t.equal(status(await answers[0]!), "502", "it may have been done");
    t.equal((await answers[1]!).body.toString(), "moved");
  });

  t.test(`with code ${error}, before anything was sent`, async (t) => {
    const { client, asked } = await setUp(t, {}, (index) => (index === 0 ? [goaway(0, error)] : []));
    const moved = client.ask({ ":path": "/", ":method": "POST" }, "body");
    const second = await asked(1, 1);
    second.socket.write(answer(1, "moved"));
    t.equal((await moved).body.toString(), "moved");
  });

  t.test(`with code ${error}, to a connection that is idle`, async (t) => {
    const { client, plane, asked } = await setUp(t);
    const before = client.ask({ ":path": "/" });
    const first = await asked(0, 1);
    first.socket.write(answer(1, "x"));
    t.equal(status(await before), "200");
    first.socket.write(goaway(1, error));
    await once(first.socket, "close");
    await until(() => plane.serverCount("openConnections") === 0);
    const after = client.ask({ ":path": "/" });
    (await asked(1, 1)).socket.write(answer(1, "x"));
    t.equal(status(await after), "200");
    t.same(plane.logs, []);
  });
}

t.test("a server that answers nothing of what it has taken runs out of time", async (t) => {
  const { client, plane, pass, asked } = await setUp(t, { pool: { timeout: 2_000 }, retry: { attempts: 0 } });
  const silent = client.ask({ ":path": "/" });
  const given = client.open({ ":path": "/given-up" }, { endStream: true });
  const first = await asked(0, 1, 3);
  first.socket.write(goaway(3, code.enhanceYourCalm));
  await until(() => plane.serverCount("idleConnections") === 0);
  const ended = answerOf(given);
  given.close(code.cancel);
  await ended;
  // node:http2 says the code of the GOAWAY again, instead of CANCEL.
  await until(() => first.reset(3) === code.enhanceYourCalm);
  let over = false;
  void silent.then(() => {
    over = true;
  });
  await pass(() => over);
  t.equal(status(await silent), "504");
  await until(() => plane.serverCount("openConnections") === 0);
});
