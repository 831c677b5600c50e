import { once } from "node:events";
import { connect, type Socket } from "node:net";
import t, { type Test } from "tap";
import { type AdminLimits, startAdmin } from "../../src/admin/admin-server.ts";
import { fineAdmin } from "../support/fine-admin.ts";
import { until } from "../support/until.ts";

const usual: AdminLimits = {
  connections: 100,
  held: 2 ** 26,
  headersTimeout: 60_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 60_000,
  stall: 60_000,
};
const page = "x".repeat(2 ** 22);

async function start(t: Test, limits: Partial<AdminLimits>): Promise<() => Promise<Socket>> {
  const metrics = async () => ({ type: "text/plain", text: page });
  const listen = { host: "127.0.0.1", port: 0 };
  const admin = await startAdmin(listen, fineAdmin({ probes: { metrics } }), { ...usual, ...limits });
  t.teardown(() => admin.close());
  const { port } = admin.address as { port: number };
  return async () => {
    const socket = connect(port, "127.0.0.1");
    t.teardown(() => socket.destroy());
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  };
}

const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

async function answered(socket: Socket): Promise<void> {
  socket.write(ask("/live"));
  const [chunk] = (await once(socket, "data")) as [Buffer];
  if (!chunk.toString().startsWith("HTTP/1.1 200")) throw new Error(chunk.toString());
}

t.test("who sends nothing, or half a head, is told so and let go", async (t) => {
  const open = await start(t, { headersTimeout: 50 });
  for (const sent of ["", "GET /metrics HT"]) {
    const socket = await open();
    socket.write(sent);
    socket.resume();
    await once(socket, "close");
  }
});

t.test("who keeps a connection without a use for it is let go", async (t) => {
  const open = await start(t, { keepAliveTimeout: 50 });
  const socket = await open();
  await answered(socket);
  await once(socket, "close");
});

t.test("who takes nothing of an answer is cut off", async (t) => {
  const open = await start(t, { stall: 50 });
  const socket = await open();
  socket.pause();
  socket.write(ask("/metrics").repeat(20));
  // It does not read that it is cut off, but cannot write then.
  await until(() => {
    if (!socket.destroyed) socket.write("\r\n");
    return socket.destroyed;
  });
  t.ok(socket.bytesRead < 20 * page.length);
});

t.test("where too many do nothing, one who comes later is heard", async (t) => {
  const open = await start(t, { connections: 8 });
  const silent: Socket[] = [];
  for (let i = 0; i < 8; i++) silent.push(await open());
  const gone = once(silent[0]!, "close");
  silent[0]!.resume();
  await answered(await open());
  await gone;
});

t.test("where much is sent and not taken, who takes least is cut off, and others are answered", async (t) => {
  const open = await start(t, { held: 2 * page.length });
  const deaf = await Promise.all(Array.from({ length: 6 }, open));
  let closed = 0;
  for (const socket of deaf) {
    socket.pause();
    socket.once("close", () => closed++);
    socket.write(ask("/metrics"));
  }
  const other = await open();
  await answered(other);
  for (const socket of deaf) socket.resume();
  const full = deaf.map(
    (socket) =>
      new Promise<number>((resolve) => {
        let length = 0;
        socket.on("data", (chunk: Buffer) => {
          length += chunk.length;
          if (length > page.length) resolve(length);
        });
        socket.once("close", () => resolve(length));
      }),
  );
  const lengths = await Promise.all(full);
  t.ok(closed > 0, `${lengths}`);
  t.ok(lengths.filter((length) => length > page.length).length >= 1, "those within the bound get it all");
});
