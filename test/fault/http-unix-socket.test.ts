/** HTTP over unix sockets, towards the app and towards the servers. */
import { lstatSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import t from "tap";
import { get, head, ok, problem } from "../support/http-messages.ts";
import { httpSnapshot, setUpHttp, startHttpPeer, startHttpPlane } from "../support/http-plane.ts";
import { readAnswer } from "../support/http-traffic.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const permissions = (path: string) => statSync(path).mode & 0o777;

/** A process that listens on the path and is killed leaves its file there. */
async function leaveSocket(t: Parameters<typeof tempDir>[0], path: string): Promise<void> {
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
  const dead = new TestProcess(t, process.execPath, ["-e", script]);
  await dead.waitForOutput(/up/);
  await dead.stop("SIGKILL");
}

t.test("a listener has the mode asked for, a reload changes it, and its file goes with it", async (t) => {
  const path = join(await tempDir(t), "web.sock");
  const { peer, plane, connect } = await setUpHttp(t, { listener: { listen: { path }, socket_mode: 0o660 } });
  peer.answer(() => ok("x"));
  t.equal(permissions(path), 0o660);
  t.same(plane.address, { path });
  const client = await connect();
  await client.exchange(get(), ok("x"));
  await plane.plane.apply(
    httpSnapshot([peer.address], { listener: { listen: { path }, socket_mode: 0o600 } }),
  );
  t.equal(permissions(path), 0o600);
  await client.exchange(get(), ok("x"));
  await plane.close();
  await client.expectClose();
  t.notOk(statSync(path, { throwIfNoEntry: false }));
});

t.test("a socket file that a dead process has left is replaced, with the mode asked for", async (t) => {
  const path = join(await tempDir(t), "web.sock");
  await leaveSocket(t, path);
  t.ok(statSync(path).isSocket());
  const { peer, connect } = await setUpHttp(t, { listener: { listen: { path }, socket_mode: 0o606 } });
  peer.answer(() => ok("x"));
  t.equal(permissions(path), 0o606);
  await (await connect()).exchange(get(), ok("x"));
});

t.test(
  "a reload opens a listener where a stale file lies, and refuses one where somebody listens",
  async (t) => {
    const folder = await tempDir(t);
    const [stale, taken] = [join(folder, "stale.sock"), join(folder, "taken.sock")];
    await leaveSocket(t, stale);
    const owner = createServer((socket) => socket.on("error", () => {}).end("owner"));
    await new Promise<void>((resolve) => owner.listen(taken, resolve));
    t.teardown(() => owner.close());
    const { peer, plane, connect } = await setUpHttp(t);
    peer.answer(() => ok("x"));
    const client = await connect();
    await client.exchange(get(), ok("x"));
    const base = httpSnapshot([peer.address]);
    const withOne = (path: string) => ({
      ...base,
      http: [base.http![0]!, { ...base.http![0]!, name: "unix", listen: { path } }],
    });
    await t.rejects(plane.plane.apply(withOne(taken)), {
      message: /^listener unix cannot listen on unix:.*taken\.sock: another process has it/,
    });
    const other = await WireClient.connect({ path: taken });
    await other.expect("owner");
    other.close();
    t.same(Object.keys(plane.plane.addresses()), ["web"]);
    await plane.plane.apply(withOne(stale));
    const app = await WireClient.connect({ path: stale });
    await app.exchange(get(), ok("x"));
    await plane.plane.apply(base);
    await app.expectClose();
    await until(() => !lstatSync(stale, { throwIfNoEntry: false }), "its file is gone");
    await client.exchange(get(), ok("x"));
  },
);

t.test("a file that is no socket is not removed, nor what a link points to", async (t) => {
  const folder = await tempDir(t);
  const [file, link] = [join(folder, "file"), join(folder, "link")];
  writeFileSync(file, "precious");
  symlinkSync(file, link);
  const peer = await startHttpPeer(t);
  for (const path of [file, link]) {
    await t.rejects(startHttpPlane(t, [peer.address], { listener: { listen: { path } } }), {
      message: /there is a file that is no socket/,
    });
  }
  t.equal(statSync(file).size, 8);
  t.ok(lstatSync(link).isSymbolicLink());
});

t.test("a client of a unix socket has no address: none is told to servers, and none is hashed", async (t) => {
  const path = join(await tempDir(t), "web.sock");
  const set = await setUpHttp(
    t,
    {
      listener: { listen: { path } },
      route: { hash: [{ kind: "source_ip" }] },
      forwarded: { x_forwarded_for: "append", x_forwarded_proto: "set" },
    },
    2,
  );
  for (const [i, peer] of set.peers.entries()) peer.answer(() => ok(`s${i}`));
  const client = await set.connect();
  const at: string[] = [];
  for (let i = 0; i < 4; i++) {
    await client.send(get("/", "X-Forwarded-For: 10.0.0.9"));
    at.push((await readAnswer(client)).body);
  }
  t.same(at.toSorted(), ["s0", "s0", "s1", "s1"], "they take turns");
  for (const text of set.peers.flatMap(({ requests }) => requests)) {
    t.match(text, /^X-Forwarded-For: 10\.0\.0\.9\r$/m);
    t.match(text, /^X-Forwarded-Proto: http\r$/m);
  }
});

t.test("a server on a unix socket: there, gone, and back", async (t) => {
  const path = join(await tempDir(t), "app.sock");
  const peer = await startHttpPeer(t, { path });
  peer.answer(() => ok("x"));
  const { clock, plane, connect } = await setUpHttp(t);
  await plane.plane.apply(httpSnapshot([{ path }], { http: { host: "server" } }));
  expectNothingBuffered(t, plane);
  const client = await connect();
  await client.exchange(get(), ok("x"));
  t.equal(peer.requests[0], head("GET / HTTP/1.1", "Host: localhost"));
  await peer.close();
  await until(() => plane.serverCount("openConnections") === 0);
  const date = () => new Date(clock.wall()).toUTCString();
  await client.exchange(get(), problem(502, "connect", { close: false, date: date() }));
  t.ok(plane.logs.some((line) => line.includes("ENOENT")));
  await peer.listen();
  await client.exchange(get(), problem(502, "connect", { close: false, date: date() }));
  t.equal(peer.accepted, 1, "within the pause nobody tries again");
  clock.advance(1_000);
  await client.exchange(get(), ok("x"));
});

t.test("a server's stale socket file is a server that refuses", async (t) => {
  const path = join(await tempDir(t), "app.sock");
  await leaveSocket(t, path);
  const { clock, plane, connect } = await setUpHttp(t);
  await plane.plane.apply(httpSnapshot([{ path }]));
  const client = await connect();
  await client.exchange(get(), problem(502, "connect", { close: false }));
  t.ok(plane.logs.some((line) => line.includes("ECONNREFUSED")));
  t.ok(statSync(path).isSocket(), "it is the server's business");
  clock.advance(1_000);
  await turns(5);
  t.equal(client.ended, null);
});
