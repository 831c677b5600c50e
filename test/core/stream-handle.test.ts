// Do reads and writes that go straight to a socket's handle lose nothing, whatever the kernel or the peer does?
import { once } from "node:events";
import { type AddressInfo, createServer, Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import t, { type Test } from "tap";
import { bufferedBytes } from "../../src/core/buffer-pool.ts";
import { connectSocket } from "../../src/core/byte-socket.ts";
import { SocketWriter } from "../../src/core/socket-writer.ts";
import { handleOf } from "../../src/core/stream-handle.ts";

/** A connection and its peer, which does not read. */
async function connected(t: Test) {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const received: string[] = [];
  const onBytes = (bytes: Buffer, length: number) => void received.push(bytes.toString("latin1", 0, length));
  const { port } = server.address() as AddressInfo;
  const socket = connectSocket({ host: "127.0.0.1", port, noDelay: true }, onBytes);
  const [peer] = (await once(server, "connection")) as [Socket];
  if (socket.connecting) await once(socket, "connect");
  t.teardown(() => {
    socket.destroy();
    peer.destroy();
    server.close();
  });
  const writer = new SocketWriter(new Float64Array(1), 0);
  writer.open(socket);
  return { socket, peer, writer, received };
}

/** Writes until the kernel takes no more; returns all that was written. */
async function fill(writer: SocketWriter): Promise<string> {
  let text = "";
  while (writer.unsent === 0) {
    const piece = String(text.length % 1e6)
      .padStart(8, "-")
      .repeat(1 << 14);
    writer.appendLatin1(piece);
    text += piece;
    await setImmediate();
  }
  return text;
}

t.test("a connection of this version of Node has a short way", async (t) => {
  const { socket } = await connected(t);
  t.equal(handleOf(socket) !== null, process.versions.node.startsWith("26."));
  t.equal(handleOf(new Socket()), null, "one without a handle has none");
  t.equal(handleOf(Object.assign(new Socket(), { _handle: {}, encrypted: true })), null, "nor has TLS");
});

t.test("what comes is received, and then the end", async (t) => {
  const { socket, peer, received } = await connected(t);
  const ended = once(socket, "end");
  peer.write("one ");
  peer.end("two");
  await ended;
  t.equal(received.join(""), "one two");
});

t.test("a paused connection receives nothing until it is resumed", async (t) => {
  const { socket, peer, received } = await connected(t);
  socket.pause();
  await new Promise<void>((resolve) => peer.write("waits", () => resolve()));
  for (let i = 0; i < 5; i++) await setImmediate();
  t.same(received, []);
  const ended = once(socket, "end");
  socket.resume();
  peer.end();
  await ended;
  t.same(received, ["waits"]);
});

t.test("what the kernel does not take at once goes when the peer reads", async (t) => {
  const { peer, writer } = await connected(t);
  const drained = new Promise<void>((resolve) => {
    writer.onDrain = resolve;
  });
  let expected = await fill(writer);
  writer.appendLatin1("behind");
  expected += "behind";
  let length = 0;
  let same = true;
  const all = new Promise<void>((resolve) => {
    peer.on("data", (bytes: Buffer) => {
      same &&= bytes.toString("latin1") === expected.slice(length, length + bytes.length);
      length += bytes.length;
      if (length === expected.length) resolve();
    });
  });
  peer.resume();
  await Promise.all([all, drained]);
  t.ok(same, "in order");
  t.equal(writer.backlog, 0);
  t.equal(bufferedBytes(), 0);
});

t.test("a connection that is closed while the kernel takes no more", async (t) => {
  const { socket, writer } = await connected(t);
  await fill(writer);
  const closed = once(socket, "close");
  writer.close();
  socket.destroy();
  await closed;
  await setImmediate();
  t.equal(bufferedBytes(), 0);
});

t.test("a peer that resets: the socket fails, nothing is kept", async (t) => {
  const { socket, peer, writer } = await connected(t);
  const failed = new Promise<NodeJS.ErrnoException>((resolve) => socket.once("error", resolve));
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await fill(writer);
  writer.appendLatin1("more");
  peer.resetAndDestroy();
  t.match((await failed).code, /^(EPIPE|ECONNRESET)$/);
  writer.close();
  await closed;
  await setImmediate();
  t.equal(bufferedBytes(), 0);
});

t.test("a write to a connection that is reset already fails it", async (t) => {
  const { socket, peer, writer } = await connected(t);
  socket.pause();
  const failed = new Promise<NodeJS.ErrnoException>((resolve) => socket.once("error", resolve));
  peer.resetAndDestroy();
  await once(peer, "close");
  writer.appendLatin1("too late");
  writer.flush();
  t.match((await failed).code, /^(EPIPE|ECONNRESET)$/);
  t.equal(writer.backlog, 0);
  t.equal(bufferedBytes(), 0);
});
