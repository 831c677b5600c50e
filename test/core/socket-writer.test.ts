// Do bytes of one turn leave in one write, in order, and are buffers given back, whatever the socket does?
import type { Socket } from "node:net";
import { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import t, { type Test } from "tap";
import { bufferedBytes } from "../../src/core/buffer-pool.ts";
import { SocketWriter } from "../../src/core/socket-writer.ts";

/** A socket that takes what it is given at once, or only when it is told to. */
class FakeSocket extends Writable {
  readonly writes: string[] = [];
  waiting: ((error?: Error) => void)[] = [];
  blocked = false;

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    const take = (error?: Error) => {
      if (chunk.length > 0 && error === undefined) this.writes.push(chunk.toString("latin1"));
      done(error);
    };
    if (this.blocked) this.waiting.push(take);
    else take();
  }

  /** As a real one does, it gives up the write that it is in. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    for (const take of this.waiting.splice(0)) take(new Error("cancelled"));
    done(error);
  }

  /** Takes what it has kept waiting, and all that comes. */
  take(): void {
    this.blocked = false;
    for (const take of this.waiting.splice(0)) take();
  }
}

function setUp() {
  const block = new Float64Array(4);
  const socket = new FakeSocket();
  socket.on("error", () => {});
  const writer = new SocketWriter(block, 2);
  let drained = 0;
  writer.onDrain = () => {
    drained++;
  };
  return { block, socket, writer, asSocket: socket as unknown as Socket, drains: () => drained };
}

/** A test after which all buffers must be back. */
function check(name: string, run: (t: Test) => Promise<void>): void {
  t.test(name, async (t) => {
    await run(t);
    t.equal(bufferedBytes(), 0, "all buffers are back");
  });
}

check("one turn, one write", async (t) => {
  const { socket, writer, block, asSocket } = setUp();
  writer.open(asSocket);
  const bytes = Buffer.from("abc");
  writer.append(bytes, 0, 1);
  writer.appendLatin1("\xff");
  writer.append(bytes, 1, 3);
  bytes.fill("z");
  t.same(socket.writes, []);
  await setImmediate();
  t.same(socket.writes, ["a\xffbc"]);
  t.equal(block[2], 4);
  t.equal(writer.backlog, 0);
  writer.appendLatin1("next");
  await setImmediate();
  t.same(socket.writes, ["a\xffbc", "next"]);
});

check("much of one turn does not wait for its end", async (t) => {
  const { socket, writer, asSocket } = setUp();
  writer.open(asSocket);
  const bytes = Buffer.alloc(300 << 10, "x");
  writer.append(bytes, 0, 1);
  writer.append(bytes, 1, bytes.length);
  t.equal(socket.writes.length, 1);
  await setImmediate();
  t.equal(socket.writes.join("").length, bytes.length);
});

check("what is appended before it is open leaves when it is", async (t) => {
  const { socket, writer, asSocket } = setUp();
  writer.appendLatin1("early");
  await setImmediate();
  t.equal(writer.backlog, 5);
  writer.open(asSocket);
  await setImmediate();
  t.same(socket.writes, ["early"]);
});

check("a socket that takes nothing", async (t) => {
  const { socket, writer, asSocket, drains } = setUp();
  writer.open(asSocket);
  socket.blocked = true;
  writer.appendLatin1("first");
  await setImmediate();
  t.equal(writer.unsent, 5);
  for (let i = 0; i < 10; i++) {
    writer.appendLatin1(String(i));
    await setImmediate();
  }
  t.equal(writer.backlog, 15);
  t.equal(socket.waiting.length, 1, "no second write before the first has gone");
  t.equal(drains(), 0);
  socket.take();
  await setImmediate();
  await setImmediate();
  t.same(socket.writes, ["first", "0123456789"], "what has piled up leaves at once");
  t.equal(writer.backlog, 0);
  t.equal(drains(), 1);
});

check("closing drops what waits; bytes in the socket's hands are its own", async (t) => {
  const { socket, writer, asSocket, drains } = setUp();
  writer.open(asSocket);
  socket.blocked = true;
  writer.appendLatin1("first");
  await setImmediate();
  writer.appendLatin1("second");
  writer.close();
  t.equal(writer.backlog, 0);
  socket.destroy();
  await setImmediate();
  await setImmediate();
  t.equal(drains(), 0);
  const next = new FakeSocket();
  writer.appendLatin1("third");
  writer.open(next as unknown as Socket);
  await setImmediate();
  t.same(next.writes, ["third"], "the next connection gets only its own");
});

check("an end of the old socket does not disturb the new one", async (t) => {
  const { socket, writer, asSocket } = setUp();
  writer.open(asSocket);
  socket.blocked = true;
  writer.appendLatin1("old");
  await setImmediate();
  writer.close();
  const next = new FakeSocket();
  next.blocked = true;
  writer.open(next as unknown as Socket);
  writer.appendLatin1("new");
  await setImmediate();
  socket.take();
  await setImmediate();
  t.equal(writer.unsent, 3, "the new one still has its bytes to take");
  next.take();
  await setImmediate();
  await setImmediate();
  t.same(next.writes, ["new"]);
});

check("nothing to say is no write", async (t) => {
  const { socket, writer, asSocket } = setUp();
  writer.open(asSocket);
  writer.append(Buffer.alloc(0), 0, 0);
  writer.flush();
  await setImmediate();
  t.same(socket.writes, []);
});
