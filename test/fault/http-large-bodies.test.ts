/** Bodies that are far larger than what podmate holds, with a side that is slow: it waits for the slow one. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import t, { type Test } from "tap";
import type { Address } from "../../src/core/address.ts";
import { type ByteStream, expectStream, sendStream } from "../support/byte-stream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { get, head, ok, request } from "../support/http-messages.ts";
import { type HttpPlane, startHttpPlane } from "../support/http-plane.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { turns, until } from "../support/until.ts";

const mebi = 1 << 20;
/** 100 MiB and a little, so that nothing ends where a buffer does. */
const pieces = 100;
const piece = Buffer.from(Array.from({ length: mebi + 7 }, (_, i) => i % 251));
/** Neither side may cost more: a buffer of the listener's size, and what one read brings, each doubled by its growth. */
const mostHeld = 2 * mebi;

/** A message of that head with a body in this framing, as it comes and as it goes on: podmate changes neither. */
function message(start: string, chunked: boolean): ByteStream {
  const framed = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);
  return {
    start: Buffer.from(start),
    piece: chunked ? framed : piece,
    count: pieces,
    end: Buffer.from(chunked ? "0\r\nX-Sum: 1\r\n\r\n" : ""),
  };
}

const framings = [
  { name: "by length", field: `Content-Length: ${pieces * piece.length}`, chunked: false },
  { name: "in chunks", field: "Transfer-Encoding: chunked", chunked: true },
] as const;

/** A server whose connections the test has in its hand, and a client. */
async function setUp(t: Test) {
  const sockets: Socket[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const plane = await startHttpPlane(t, [{ host: "127.0.0.1", port }], { clock: new FakeClock() });
  expectNothingBuffered(t, plane);
  const open = async (): Promise<Socket> => {
    const { host, port } = plane.address as Exclude<Address, { path: string }>;
    const socket = connect({ host, port, noDelay: true });
    t.teardown(() => socket.destroy());
    await once(socket, "connect");
    return socket;
  };
  return { plane, sockets, open };
}

/** Reads nothing for a while, now and then, until the other side has had to stop; notes how much is held then. */
function slowly(plane: HttpPlane, counter: () => number) {
  const held: number[] = [];
  const pause = async (): Promise<void> => {
    if (held.length === 5) return;
    await until(() => plane.bufferedBytes > mebi / 4);
    // It goes on as long as anything moves.
    for (let before = -1; before !== counter(); await turns(50)) before = counter();
    held.push(plane.bufferedBytes);
  };
  return { held, pauseEvery: 12 * mebi, pause };
}

for (const { name, field, chunked } of framings) {
  t.test(`an answer of 100 MiB ${name} to a client that reads slowly`, async (t) => {
    const { plane, sockets, open } = await setUp(t);
    const client = await open();
    client.write(get());
    await until(() => sockets.length === 1);
    await once(sockets[0]!, "data");
    const answer = message(head("HTTP/1.1 200 OK", field), chunked);
    const slow = slowly(plane, () => plane.serverCount("readBytes"));
    const sent = sendStream(sockets[0]!, answer);
    await expectStream(client, answer, slow);
    await sent;
    t.equal(slow.held.length, 5);
    t.ok(Math.max(...slow.held) <= mostHeld, `at most ${Math.max(...slow.held)} bytes were held`);
    await until(() => plane.bufferedBytes === 0);
  });

  t.test(`a request of 100 MiB ${name} to a server that reads slowly`, async (t) => {
    const { plane, sockets, open } = await setUp(t);
    const client = await open();
    const ask = message(request("POST", "/", field), chunked);
    const slow = slowly(plane, () => plane.serverCount("writtenBytes"));
    const sent = sendStream(client, ask);
    await until(() => sockets.length === 1);
    await expectStream(sockets[0]!, ask, slow);
    await sent;
    t.equal(slow.held.length, 5);
    t.ok(Math.max(...slow.held) <= mostHeld, `at most ${Math.max(...slow.held)} bytes were held`);
    sockets[0]!.write(ok("got it"));
    const [answer] = (await once(client, "data")) as [Buffer];
    t.equal(answer.toString(), ok("got it"));
    await until(() => plane.bufferedBytes === 0);
  });
}
