import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import t, { type Test } from "tap";
import { KeySpace } from "../../../bench/load/key-space.ts";
import { LoadClient, type LoadContext } from "../../../bench/load/load-client.ts";
import { parseLoadOptions } from "../../../bench/load/load-options.ts";
import { Tally } from "../../../bench/load/tally.ts";

/** A client with a batch of two gets, and a server that hands each chunk to `answer` with its connection's number. */
async function withServer(t: Test, answer: (socket: Socket, connection: number) => void) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const connection = connections++;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", () => answer(socket, connection));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const args = ["--port", String(port), "--sets", "0", "--depth", "2", "--timeout", "600000"];
  const options = parseLoadOptions(args)!;
  const keys = new KeySpace({ count: 10, valueSize: 40, keysPerGet: 1, prefix: "k:" });
  const readBuffer = Buffer.alloc(4096);
  const context: LoadContext = {
    options,
    keys,
    tally: new Tally(),
    readBuffer,
    running: true,
    nextPreload: -1,
  };
  let idle = (): void => undefined;
  const becameIdle = new Promise<void>((resolve) => {
    idle = resolve;
  });
  const client = new LoadClient(context, 0, () => idle());
  t.teardown(() => {
    client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await client.connect();
  return { client, context, becameIdle };
}

const twoMisses = "END\r\nEND\r\n";

t.test("a lost connection is counted and made anew, and the load goes on", async (t) => {
  const { client, context, becameIdle } = await withServer(t, (socket, connection) => {
    if (connection === 0) {
      socket.destroy();
    } else {
      context.running = false;
      socket.write(twoMisses);
    }
  });
  client.send();
  await becameIdle;
  t.match(context.tally, { requests: 2, misses: 2, lost: 2, reconnects: 1, wrong: 0 });
});

t.test("a batch that gets no answer in time costs its connection", async (t) => {
  const asked = Promise.withResolvers<void>();
  const { client, context, becameIdle } = await withServer(t, (socket, connection) => {
    if (connection === 0) {
      asked.resolve();
    } else {
      context.running = false;
      socket.write(twoMisses);
    }
  });
  client.send();
  await asked.promise;
  client.checkTimeout(performance.now());
  t.equal(context.tally.timeouts, 0, "not yet");
  client.checkTimeout(performance.now() + 600_000);
  await becameIdle;
  t.match(context.tally, { requests: 2, timeouts: 1, lost: 2, reconnects: 1 });
});

t.test("a stream out of step costs its connection", async (t) => {
  const { client, context, becameIdle } = await withServer(t, (socket, connection) => {
    if (connection > 0) context.running = false;
    socket.write(connection === 0 ? "END\r\nHELLO\r\n" : twoMisses);
  });
  client.send();
  await becameIdle;
  t.match(context.tally, { requests: 3, misses: 3, wrong: 1, lost: 1, reconnects: 1 });
  t.ok(context.tally.messages.has("out of step: HELLO"));
});
