/** Unix sockets towards the app and towards the servers. */
import { statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import t from "tap";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { planeSnapshot, startPlane } from "../support/plane.ts";
import { TestProcess } from "../support/process.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { tempDir } from "../support/temp-dir.ts";
import { WireClient } from "../support/wire-client.ts";

const permissions = (path: string) => statSync(path).mode & 0o777;

t.test(
  "a listener on a unix socket has the mode asked for, serves, and is gone when it is closed",
  async (t) => {
    const path = join(await tempDir(t), "cache.sock");
    const peer = await ScriptedServer.start(t);
    peer.answer(() => "END\r\n");
    const plane = await startPlane(t, [peer.address], { listener: { listen: { path }, socket_mode: 0o660 } });
    expectNothingBuffered(t, plane);
    t.equal(permissions(path), 0o660);
    t.same(plane.address, { path });
    const client = await WireClient.connect({ path });
    await client.exchange("get a\r\n", "END\r\n");
    await plane.plane.apply(
      planeSnapshot([peer.address], { listener: { listen: { path }, socket_mode: 0o600, name: "cache" } }),
    );
    t.equal(permissions(path), 0o600, "a reload changes the mode, and clients stay");
    await client.exchange("get a\r\n", "END\r\n");
    await plane.close();
    await client.expectClose();
    t.notOk(statSync(path, { throwIfNoEntry: false }));
  },
);

t.test("a socket file that a dead process has left is replaced", async (t) => {
  const path = join(await tempDir(t), "cache.sock");
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
  const dead = new TestProcess(t, process.execPath, ["-e", script]);
  await dead.waitForOutput(/up/);
  await dead.stop("SIGKILL");
  t.ok(statSync(path).isSocket());
  const peer = await ScriptedServer.start(t);
  const plane = await startPlane(t, [peer.address], { listener: { listen: { path } } });
  const client = await WireClient.connect(plane.address);
  await client.exchange("mn\r\n", "MN\r\n");
  client.close();
});

t.test(
  "one that somebody listens on is not stolen, and a file that is no socket is not removed",
  async (t) => {
    const folder = await tempDir(t);
    const path = join(folder, "live.sock");
    const owner = createServer((socket) => socket.on("error", () => {}).end("owner\r\n"));
    await new Promise<void>((resolve) => owner.listen(path, resolve));
    t.teardown(() => owner.close());
    const peer = await ScriptedServer.start(t);
    const taken = startPlane(t, [peer.address], { listener: { listen: { path } } });
    await t.rejects(taken, {
      message: /^listener cache cannot listen on unix:.*live\.sock: another process has it/,
    });
    const client = await WireClient.connect({ path });
    await client.expect("owner\r\n");
    client.close();

    const file = join(folder, "file");
    writeFileSync(file, "precious");
    const refused = startPlane(t, [peer.address], { listener: { listen: { path: file } } });
    await t.rejects(refused, { message: /there is a file that is no socket/ });
    t.equal(statSync(file).size, 8);
  },
);

t.test("a server on a unix socket: there, gone, and back", async (t) => {
  const path = join(await tempDir(t), "memcached.sock");
  const peer = await ScriptedServer.start(t, { address: { path } });
  peer.answer(() => "END\r\n");
  const plane = await startPlane(t, [peer.address], {});
  expectNothingBuffered(t, plane);
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  await client.exchange("get a\r\n", "END\r\n");
  await peer.close();
  const answers = new Set<string>();
  for (let i = 0; i < 200 && !answers.has("SERVER_ERROR connect s0: ENOENT"); i++) {
    await client.send("get a\r\n");
    answers.add(await client.readLine());
  }
  t.ok(answers.has("SERVER_ERROR connect s0: ENOENT"), [...answers].join());
  await client.expectInStep();
});
