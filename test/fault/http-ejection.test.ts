/** Ejection of HTTP servers end to end: a data plane and its control plane, real sockets, and a clock moved by hand. */
import t, { type Test } from "tap";
import type { EjectOptions } from "../../src/upstream/pool-options.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { get, ok } from "../support/http-messages.ts";
import { HttpPlane, type HttpPlaneOptions, httpSnapshot, startHttpPeer } from "../support/http-plane.ts";
import { HttpTraffic, readAnswer, serveEchoes } from "../support/http-traffic.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { keysOf } from "../support/plane.ts";
import type { ScriptedServer } from "../support/scripted-server.ts";
import { Supervision } from "../support/supervised-plane.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const eject: EjectOptions = {
  failures: 3,
  window: 10_000,
  backoff: 1_000,
  max_backoff: 8_000,
  max_percent: 50,
  on_eject: "rehash",
};

/** Servers that answer with their name; keys come in the header X-Key. */
async function setUp(t: Test, count: number, options: HttpPlaneOptions = {}) {
  const clock = new FakeClock();
  const peers = await Promise.all(Array.from({ length: count }, () => startHttpPeer(t)));
  for (const [i, peer] of peers.entries()) peer.answer(() => ok(`s${i}`));
  const plane = new HttpPlane(clock);
  t.teardown(() => plane.close());
  expectNothingBuffered(t, plane);
  const supervision = new Supervision(t, plane, clock);
  await supervision.apply(
    httpSnapshot(
      peers.map(({ address }) => address),
      {
        route: { hash: [{ kind: "header", name: "x-key" }] },
        ...options,
        pool: { eject, ...options.pool },
      },
    ),
  );
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  /** The answer to a request with this key: the server's name, or status and code of podmate's own. */
  const ask = async (key: string | null): Promise<string> => {
    await client.send(key === null ? get() : get("/", `X-Key: ${key}`));
    const { status, head, body } = await readAnswer(client);
    const code = /^podmate-error: (.*)\r$/m.exec(head)?.[1];
    return code === undefined ? (status === 200 ? body : `${status}`) : `${status} ${code}`;
  };
  /** After the pause between two attempts to connect. */
  const askAfterPause = async (key: string): Promise<string> => {
    clock.advance(1_000);
    return await ask(key);
  };
  /** Asks a server that fails until it is out; what came of it. */
  const askUntilEjected = async (index: number): Promise<string[]> => {
    const [key] = keysOf(index, 1, { count });
    const answers: string[] = [];
    while (supervision.state(`s${index}`).state === "ready" && answers.length < 10) {
      answers.push(await askAfterPause(key!));
    }
    return answers;
  };
  const states = () => peers.map((_, i) => supervision.state(`s${i}`).state);
  return { clock, peers, plane, supervision, client, ask, askAfterPause, askUntilEjected, states };
}

/** Refuses connections, and ends those that stand. */
async function takeDown(peer: ScriptedServer): Promise<void> {
  await peer.refuse();
  peer.resetAll();
}

t.test(
  "rehash: the keys of a server that is gone go to others, and come back when a probe passes",
  async (t) => {
    const { clock, peers, supervision, ask, askUntilEjected } = await setUp(t, 4);
    const keys = [0, 1, 2, 3].map((index) => keysOf(index, 10, { count: 4 }));
    for (const [index, own] of keys.entries()) for (const key of own) t.equal(await ask(key), `s${index}`);
    await takeDown(peers[1]!);
    const before = await askUntilEjected(1);
    t.equal(before.length, 3);
    for (const answer of before) t.match(answer, /^s[023]$/, "nothing is lost until then");
    t.equal(new Set(before).size, 1, "a key has one substitute");
    const takers = new Map<string, string>();
    for (const key of keys[1]!) takers.set(key, await ask(key));
    t.ok(new Set(takers.values()).size > 1, "they are spread");
    for (const [key, taker] of takers) t.equal(await ask(key), taker, "and stay there");
    for (const index of [0, 2, 3]) for (const key of keys[index]!) t.equal(await ask(key), `s${index}`);

    const { accepted } = peers[1]!;
    await peers[1]!.listen();
    t.not(await ask(keys[1]![0]!), "s1", "that it is back does not count before a probe has shown it");
    t.equal(supervision.state("s1").nextProbe, 1_000);
    clock.advance(999);
    t.equal(peers[1]!.accepted, accepted);
    clock.advance(1);
    await until(() => supervision.state("s1").state === "ready");
    for (const [index, own] of keys.entries()) for (const key of own) t.equal(await ask(key), `s${index}`);
    t.same(supervision.logs, ["warn s1: server ejected", "info s1: server readmitted"]);
  },
);

t.test("what is refused in the pause between two attempts says why the last one failed", async (t) => {
  const { peers, supervision, ask } = await setUp(t, 1);
  t.equal(await ask("k"), "s0");
  await takeDown(peers[0]!);
  for (let i = 0; i < eject.failures; i++) t.equal(await ask("k"), "502 connect");
  await until(() => supervision.state("s0").reason !== "");
  t.match(supervision.state("s0").reason, /^connect ECONNREFUSED/);
});

t.test("connections that are lost in one moment are one failure", async (t) => {
  const { peers, plane, supervision } = await setUp(t, 2);
  const [key] = keysOf(0, 1);
  peers[0]!.silence();
  for (let round = 1; round <= 3; round++) {
    const clients = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const client = await WireClient.connect(plane.address);
        t.teardown(() => client.close());
        await client.send(get("/", `X-Key: ${key}`));
        return client;
      }),
    );
    await until(() => peers[0]!.requests.length === 8 * round);
    t.equal(supervision.state("s0").state === "ejected", false, `${round - 1} such moments`);
    peers[0]!.resetAll();
    for (const client of clients) t.match(await readAnswer(client), { status: 502 });
  }
  t.equal(supervision.state("s0").state, "ejected", "three of them");
});

t.test("fail_fast: 503 at once for its keys, and nobody else's move", async (t) => {
  const { clock, peers, supervision, ask, askUntilEjected } = await setUp(t, 3, {
    pool: { eject: { ...eject, on_eject: "fail_fast" } },
  });
  const keys = [0, 1, 2].map((index) => keysOf(index, 5, { count: 3 }));
  await takeDown(peers[1]!);
  await askUntilEjected(1);
  await peers[1]!.listen();
  const { accepted } = peers[1]!;
  for (const key of keys[1]!) t.equal(await ask(key), "503 ejected");
  t.equal(peers[1]!.accepted, accepted, "it is not asked");
  for (const index of [0, 2]) for (const key of keys[index]!) t.equal(await ask(key), `s${index}`);
  const turns = new Set<string>();
  for (let i = 0; i < 6; i++) turns.add(await ask(null));
  t.same([...turns].sort(), ["s0", "s2"], "what has no key goes to the others");
  clock.advance(1_000);
  await until(() => supervision.state("s1").state === "ready");
  for (const key of keys[1]!) t.equal(await ask(key), "s1");
});

t.test("statuses of fail_on count as failures in a row, and are passed on", async (t) => {
  const { peers, supervision, ask } = await setUp(t, 2, { http: { fail_on: [503] } });
  const [key] = keysOf(0, 1);
  const failing = (status: string) => peers[0]!.answer(() => ok("").replace("200 OK", status));
  const well = () => peers[0]!.answer(() => ok("s0"));
  const askTwice = async () => [await ask(key!), await ask(key!)];
  failing("503 Busy");
  t.same(await askTwice(), ["503", "503"]);
  well();
  t.equal(await ask(key!), "s0");
  failing("503 Busy");
  t.same(await askTwice(), ["503", "503"]);
  t.equal(supervision.state("s0").state, "ready", "the answer in between has cleared the count");
  failing("500 Error");
  t.equal(await ask(key!), "500", "one that is not listed clears it, too: it is an answer");
  failing("503 Busy");
  t.same(await askTwice(), ["503", "503"]);
  t.equal(await ask(key!), "503");
  t.equal(supervision.state("s0").reason, "status 503");
  t.equal(await ask(key!), "s1");
});

t.test("failures further apart than the window are not counted together", async (t) => {
  const { clock, peers, supervision, ask } = await setUp(t, 2, { http: { fail_on: [500] } });
  const [key] = keysOf(0, 1);
  peers[0]!.answer(() => ok("").replace("200 OK", "500 Error"));
  await ask(key!);
  await ask(key!);
  clock.advance(10_001);
  await ask(key!);
  await ask(key!);
  t.equal(supervision.state("s0").state, "ready");
  await ask(key!);
  t.equal(supervision.state("s0").state, "ejected");
});

for (const [percent, out] of [
  [0, 0],
  [20, 1],
  [50, 2],
  [100, 3],
] as const) {
  t.test(`of four servers that all fail, max_percent: ${percent} ejects ${out}`, async (t) => {
    const { peers, supervision, ask, states } = await setUp(t, 4, {
      http: { fail_on: [500] },
      pool: { eject: { ...eject, max_percent: percent } },
    });
    for (const peer of peers) peer.answer(() => ok("").replace("200 OK", "500 Error"));
    for (let i = 0; i < 60; i++) t.equal(await ask(null), "500", "those that stay are asked");
    t.equal(states().filter((state) => state === "ejected").length, out, `${states()}`);
    t.ok(supervision.logs.some((line) => line.includes("server is failing but stays")));
  });
}

t.test("panic: with too many out, all are used; it ends when enough are back", async (t) => {
  const { clock, peers, plane, supervision, ask, states } = await setUp(t, 4, {
    http: { panic: 50, fail_on: [500] },
    pool: { eject: { ...eject, max_percent: 100 } },
  });
  const keys = [0, 1, 2, 3].map((index) => keysOf(index, 3, { count: 4 }));
  const failing = async (index: number): Promise<void> => {
    peers[index]!.answer(() => ok("").replace("200 OK", "500 Error"));
    for (const key of keys[index]!) t.equal(await ask(key), "500");
  };
  await failing(0);
  await failing(1);
  t.equal(plane.poolCounter("panic"), 0);
  for (const index of [0, 1]) for (const key of keys[index]!) t.match(await ask(key), /^s[23]$/);
  await failing(2);
  t.same(states(), ["ejected", "ejected", "ejected", "ready"]);
  t.equal(plane.poolCounter("panic"), 1);
  // They had been misjudged.
  for (const [i, peer] of peers.entries()) peer.answer(() => ok(`s${i}`));
  for (const [index, own] of keys.entries()) for (const key of own) t.equal(await ask(key), `s${index}`);
  const turns = [await ask(null), await ask(null), await ask(null), await ask(null)];
  t.same(turns.sort(), ["s0", "s1", "s2", "s3"]);
  await takeDown(peers[2]!);
  clock.advance(1_000);
  await until(() => states().join() === "ready,ready,ejected,ready");
  t.equal(plane.poolCounter("panic"), 0);
  t.equal(supervision.state("s2").counts.probeFailures, 1);
  for (const index of [0, 1, 3]) for (const key of keys[index]!) t.equal(await ask(key), `s${index}`);
  for (const key of keys[2]!) t.match(await ask(key), /^s[013]$/);
});

t.test("an answer under way at the moment of ejection arrives whole", async (t) => {
  const { peers, plane, supervision, ask } = await setUp(t, 2, { http: { fail_on: [500] } });
  const [key] = keysOf(0, 1);
  peers[0]!.answer(() => null);
  const slow = await WireClient.connect(plane.address);
  t.teardown(() => slow.close());
  await slow.send(get("/slow", `X-Key: ${key}`));
  const connection = await peers[0]!.nextConnection();
  await connection.readUntil("\r\n\r\n");
  await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
  await slow.readUntil("abc");
  peers[0]!.answer(() => ok("").replace("200 OK", "500 Error"));
  for (let i = 0; i < 3; i++) t.equal(await ask(key!), "500");
  t.equal(supervision.state("s0").state, "ejected");
  await connection.send("def");
  await slow.expect("def");
  await slow.send(get("/next", `X-Key: ${key}`));
  t.match(await readAnswer(slow), { status: 200, body: "s1" });
});

t.test("slow start: a server that is back gets its keys little by little", async (t) => {
  const { clock, peers, supervision, ask, askUntilEjected } = await setUp(t, 2, {
    http: { slow_start: 60_000 },
  });
  const keys = keysOf(0, 60);
  t.equal(await ask(keys[0]!), "s0");
  clock.advance(60_000);
  for (const key of keys) t.equal(await ask(key), "s0");
  await takeDown(peers[0]!);
  await askUntilEjected(0);
  await peers[0]!.listen();
  clock.advance(1_000);
  await until(() => supervision.state("s0").state === "ready");
  const atHome = async (): Promise<number> => {
    let count = 0;
    for (const key of keys) if ((await ask(key)) === "s0") count++;
    return count;
  };
  const early = await atHome();
  clock.advance(30_000);
  const half = await atHome();
  clock.advance(30_000);
  t.ok(early < 20 && early < half && half < 50, `${early}, then ${half} of ${keys.length}`);
  t.equal(await atHome(), keys.length);
});

t.test("retries hide it: a server goes and comes back under traffic, and no client notices", async (t) => {
  const { clock, peers, plane, supervision } = await setUp(t, 3, {
    route: { hash: [{ kind: "path" }] },
    retry: { attempts: 2, on: ["reset"], least: 100 },
    pool: { eject: { ...eject, failures: 2 } },
  });
  for (const [i, peer] of peers.entries()) serveEchoes(peer, `s${i}`);
  const traffic = HttpTraffic.start(t, plane.address, 6, { posts: false });
  for (let round = 0; round < 3; round++) {
    await traffic.more();
    await takeDown(peers[1]!);
    while (supervision.state("s1").state === "ready") {
      await traffic.more(5);
      clock.advance(1_000);
    }
    const { length } = peers[1]!.requests;
    await traffic.more();
    t.equal(peers[1]!.requests.length, length);
    await peers[1]!.listen();
    clock.advance(8_000);
    await until(() => supervision.state("s1").state === "ready");
    await until(() => peers[1]!.requests.length > length);
  }
  await traffic.more();
  t.same(traffic.failures, []);
});
