// Does an accepted connection end, fail and count as a net.Socket would, with and without the short way?
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import t, { type Test } from "tap";
import { type Accepted, onAccepted, socketOf, streamOf } from "../../src/core/byte-socket.ts";
import type { ByteStream } from "../../src/core/byte-stream.ts";
import { StraightSocket } from "../../src/core/straight-socket.ts";

/** A client, and its connection as it was accepted. */
async function accepted(t: Test): Promise<{ client: Socket; taken: Accepted }> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const next = new Promise<Accepted>((resolve) => onAccepted(server, resolve));
  const client = connect({ port: (server.address() as AddressInfo).port, allowHalfOpen: true });
  client.on("error", () => {});
  const [taken] = await Promise.all([next, once(client, "connect")]);
  t.teardown(() => {
    client.destroy();
    server.close();
  });
  return { client, taken };
}

/** A client, and the stream that podmate has of it, with all that has happened to it. */
async function connected(t: Test) {
  const { client, taken } = await accepted(t);
  const events: string[] = [];
  const stream: ByteStream = streamOf(taken, (bytes, length) =>
    events.push(bytes.toString("latin1", 0, length)),
  );
  for (const event of ["end", "error", "close"] as const) stream.on(event, () => void events.push(event));
  const closed = new Promise<void>((resolve) => stream.once("close", resolve));
  t.teardown(() => stream.destroy());
  return { client, stream, events, closed };
}

async function textOf(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
  });
  socket.resume();
  await once(socket, "end");
  return text;
}

t.test("this version of Node has the short way", async (t) => {
  const { stream } = await connected(t);
  t.equal(stream instanceof StraightSocket, process.versions.node.startsWith("26."));
});

t.test(
  "bytes and the peer's end come in order; it sends on until it ends, too, and then closes",
  async (t) => {
    const { client, stream, events, closed } = await connected(t);
    const ended = new Promise<void>((resolve) => stream.once("end", resolve));
    client.end("question");
    await ended;
    stream.write(Buffer.from("answer"));
    const text = textOf(client);
    stream.end();
    t.equal(await text, "answer");
    await closed;
    t.same(events, ["question", "end", "close"]);
  },
);

t.test("it ends first: the peer's bytes still come", async (t) => {
  const { client, stream, events, closed } = await connected(t);
  const text = textOf(client);
  stream.write(Buffer.from("bye"));
  stream.end();
  stream.end();
  t.equal(await text, "bye");
  client.end("late");
  await closed;
  t.same(events, ["late", "end", "close"]);
});

t.test("destroySoon closes when all has gone, before or after the peer's end", async (t) => {
  for (const first of ["peer", "podmate"]) {
    const { client, stream, events, closed } = await connected(t);
    const text = textOf(client);
    if (first === "peer") {
      const ended = new Promise<void>((resolve) => stream.once("end", resolve));
      client.end();
      await ended;
    }
    const long = Buffer.alloc(4_000_000, "x");
    stream.write(long);
    stream.destroySoon();
    t.equal((await text).length, long.length, `${first} first`);
    await closed;
    t.same(events.at(-1), "close");
  }
});

t.test("a write tells when it is done, or that it never will be", async (t) => {
  const { client, stream, closed } = await connected(t);
  client.pause();
  const small = await new Promise((resolve) => stream.write(Buffer.from("small"), resolve));
  t.notOk(small);
  const cut = new Promise((resolve) => stream.write(Buffer.alloc(32_000_000), resolve));
  t.ok(stream.writableLength > 0, "some of it waits");
  stream.destroy();
  t.ok(await cut, "an error");
  await closed;
  t.equal(stream.writableLength, 0);
});

t.test("a reset of the peer's is an error, and then it is closed", async (t) => {
  const { client, events, closed } = await connected(t);
  client.resetAndDestroy();
  await closed;
  t.same(events, ["error", "close"]);
});

t.test("a reset of its own reaches the peer; after it has begun to end, it just closes", async (t) => {
  const reset = await connected(t);
  const failed = once(reset.client, "error") as Promise<[NodeJS.ErrnoException]>;
  reset.stream.resetAndDestroy();
  reset.stream.resetAndDestroy();
  t.equal((await failed)[0].code, "ECONNRESET");
  await reset.closed;

  const ending = await connected(t);
  ending.stream.write(Buffer.alloc(32_000_000));
  ending.stream.end();
  ending.stream.resetAndDestroy();
  await ending.closed;
  t.same(ending.events, ["close"]);
});

t.test("paused, nothing comes; destroyed, nothing any more", async (t) => {
  const { client, stream, events, closed } = await connected(t);
  stream.pause();
  await new Promise<void>((resolve) => client.write("waits", () => resolve()));
  for (let i = 0; i < 5; i++) await setImmediate();
  t.same(events, []);
  stream.resume();
  while (events.length === 0) await setImmediate();
  t.same(events, ["waits"]);
  stream.destroy();
  stream.resume();
  stream.end();
  stream.destroySoon();
  await closed;
  t.same(events, ["waits", "close"]);
});

t.test("it knows its peer, and counts", async (t) => {
  const { client, stream, events } = await connected(t);
  t.equal(stream.remoteAddress, "127.0.0.1");
  t.equal(stream.remotePort, client.localPort);
  client.write("12345");
  while (events.length === 0) await setImmediate();
  await new Promise((resolve) => stream.write(Buffer.from("123"), resolve));
  t.equal(stream.bytesRead, 5);
  t.equal(stream.bytesWritten, 3);
});

t.test("a connection of which no stream is made is a paused net.Socket", async (t) => {
  const { client, taken } = await accepted(t);
  client.end("hello");
  const socket = socketOf(taken);
  const text = textOf(client);
  t.equal(await textOf(socket), "hello");
  socket.end("go away");
  t.equal(await text, "go away");
});
