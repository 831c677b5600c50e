// What becomes of the commands that are about no key?
import t, { type Test } from "tap";
import { command } from "../../src/observe/metric-labels.ts";
import { LISTENER } from "../../src/observe/metric-layout.ts";
import { type PlaneOptions, startPlane } from "../support/plane.ts";
import { poolOptions, serverOptions } from "../support/pools.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { runWireCases, type WireCase } from "../support/wire-case.ts";
import { WireClient } from "../support/wire-client.ts";

// By the ring of these tests a belongs to server 0, foo to server 1.
/** Requests that both servers see, one after the other, and what each answers. */
function toBoth(
  ...asked: readonly [sees: string, first: string, second: string][]
): NonNullable<WireCase["servers"]> {
  return {
    0: asked.map(([sees, answers]) => ({ sees, answers })),
    1: asked.map(([sees, , answers]) => ({ sees, answers })),
  };
}

const CASES: readonly WireCase[] = [
  {
    name: "flush_all goes to every server",
    client: "flush_all\r\n",
    servers: toBoth(["flush_all\r\n", "OK\r\n", "OK\r\n"]),
    gets: "OK\r\n",
  },
  {
    name: "flush_all takes its delay along, and keeps noreply here",
    client: "flush_all 10\r\nflush_all 0 noreply\r\nflush_all noreply\r\n",
    servers: toBoth(
      ["flush_all 10\r\n", "OK\r\n", "OK\r\n"],
      ["flush_all 0\r\n", "OK\r\n", "OK\r\n"],
      ["flush_all\r\n", "OK\r\n", "OK\r\n"],
    ),
    gets: "OK\r\n",
  },
  {
    name: "a flush that one server refuses is none",
    client: "flush_all\r\n",
    servers: toBoth(["flush_all\r\n", "OK\r\n", "CLIENT_ERROR flush_all not allowed\r\n"]),
    gets: "CLIENT_ERROR flush_all not allowed\r\n",
  },
  {
    name: "what stands before flush_all is done before it, and what follows after it",
    client: "set a 0 0 1 noreply\r\nx\r\nflush_all\r\nget foo\r\n",
    servers: {
      0: [
        { sees: "set a 0 0 1\r\nx\r\n", answers: "STORED\r\n" },
        { sees: "flush_all\r\n", answers: "OK\r\n" },
      ],
      1: [
        { sees: "flush_all\r\n", answers: "OK\r\n" },
        { sees: "get foo\r\n", answers: "END\r\n" },
      ],
    },
    gets: "OK\r\nEND\r\n",
  },
  {
    name: "counters of several servers are added up",
    client: "stats items\r\n",
    servers: toBoth([
      "stats items\r\n",
      "STAT items:1:number 5\r\nSTAT items:1:age 70\r\nSTAT items:1:evicted 0\r\nEND\r\n",
      "STAT items:1:number 7\r\nSTAT items:1:age 90\r\nSTAT items:2:number 1\r\nEND\r\n",
    ]),
    gets: "STAT items:1:number 12\r\nSTAT items:1:age 90\r\nSTAT items:1:evicted 0\r\nSTAT items:2:number 1\r\nEND\r\n",
  },
  {
    name: "pages are added up, seconds are not",
    client: "stats slabs\r\nstats conns\r\n",
    servers: toBoth(
      [
        "stats slabs\r\n",
        "STAT 1:total_pages 5\r\nSTAT 1:chunks_per_page 10\r\nSTAT 1:evicted_time 9\r\nEND\r\n",
        "STAT 1:total_pages 4\r\nSTAT 1:chunks_per_page 10\r\nSTAT 1:evicted_time 3\r\nEND\r\n",
      ],
      [
        "stats conns\r\n",
        "STAT 22:secs_since_last_cmd 10\r\nEND\r\n",
        "STAT 22:secs_since_last_cmd 13\r\nEND\r\n",
      ],
    ),
    gets:
      "STAT 1:total_pages 9\r\nSTAT 1:chunks_per_page 10\r\nSTAT 1:evicted_time 9\r\nEND\r\n" +
      "STAT 22:secs_since_last_cmd 13\r\nEND\r\n",
  },
  {
    name: "an item of two servers is that of the first",
    client: "stats cachedump 1 0\r\n",
    servers: toBoth([
      "stats cachedump 1 0\r\n",
      "ITEM foo [5 b; 1796030962 s]\r\nEND\r\n",
      "ITEM foo [5 b; 1796030961 s]\r\nITEM bar [1 b; 0 s]\r\nEND\r\n",
    ]),
    gets: "ITEM foo [5 b; 1796030962 s]\r\nITEM bar [1 b; 0 s]\r\nEND\r\n",
  },
  {
    name: "counters beyond what a double holds",
    client: "stats slabs\r\n",
    servers: toBoth([
      "stats slabs\r\n",
      "STAT 1:get_hits 9007199254740993\r\nSTAT 1:chunk_size 96\r\nSTAT active_slabs 1\r\nEND\r\n",
      "STAT 1:get_hits 2\r\nSTAT 1:chunk_size 96\r\nSTAT active_slabs 2\r\nEND\r\n",
    ]),
    gets: "STAT 1:get_hits 9007199254740995\r\nSTAT 1:chunk_size 96\r\nSTAT active_slabs 3\r\nEND\r\n",
  },
  {
    name: "stats detail",
    client: "stats detail on\r\nstats detail dump\r\n",
    servers: toBoth(
      ["stats detail on\r\n", "OK\r\n", "OK\r\n"],
      [
        "stats detail dump\r\n",
        "PREFIX foo get 1 hit 1 set 1 del 0\r\nEND\r\n",
        "PREFIX foo get 2 hit 0 set 0 del 1\r\nPREFIX bar get 1 hit 0 set 0 del 0\r\nEND\r\n",
      ],
    ),
    gets: "OK\r\nPREFIX foo get 3 hit 1 set 1 del 1\r\nPREFIX bar get 1 hit 0 set 0 del 0\r\nEND\r\n",
  },
  {
    name: "stats reset, and stats that nobody knows",
    client: "stats reset\r\nstats bogus\r\n",
    servers: toBoth(
      ["stats reset\r\n", "RESET\r\n", "RESET\r\n"],
      ["stats bogus\r\n", "ERROR\r\n", "ERROR\r\n"],
    ),
    gets: "RESET\r\nERROR\r\n",
  },
  {
    name: "a server without such stats",
    client: "stats items\r\n",
    servers: toBoth(["stats items\r\n", "END\r\n", "END\r\n"]),
    gets: "END\r\n",
  },
  {
    name: "slabs goes to every server, and the first that is not pleased is heard",
    client: "slabs automove 1\r\nslabs reassign 1 2\r\n",
    servers: toBoth(
      ["slabs automove 1\r\n", "OK\r\n", "OK\r\n"],
      ["slabs reassign 1 2\r\n", "OK\r\n", "BUSY currently processing reassign request\r\n"],
    ),
    gets: "OK\r\nBUSY currently processing reassign request\r\n",
  },
];

await runWireCases(t, CASES, { startProxy: (servers) => startPlane(t, servers) });

async function setUp(t: Test, options: PlaneOptions = {}) {
  const servers = [await ScriptedServer.start(t), await ScriptedServer.start(t)] as const;
  const plane = await startPlane(
    t,
    servers.map(({ address }) => address),
    options,
  );
  const connect = async () => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  return { servers, plane, connect, client: await connect() };
}

t.test("flush_all can be forbidden", async (t) => {
  const { servers, client, plane } = await setUp(t, { listener: { flush_all: false } });
  await client.exchange("flush_all\r\nflush_all 0 noreply\r\n", "CLIENT_ERROR flush_all not allowed\r\n");
  await client.expectInStep();
  t.equal(plane.clientErrors("forbidden"), 2);
  t.same(
    servers.map(({ accepted }) => accepted),
    [0, 0],
  );
});

t.test("a flush that does not reach all servers fails", async (t) => {
  const { servers, client } = await setUp(t);
  servers[0].answer(() => "OK\r\n");
  await servers[1].refuse();
  await client.send("flush_all\r\n");
  t.match(await client.readLine(), /^SERVER_ERROR connect s1: /);
  await client.expectInStep();
});

t.test("flush_all reaches the servers of every pool of the listener, each once", async (t) => {
  const third = await ScriptedServer.start(t);
  const sessions = poolOptions("sessions", [serverOptions("t0", 0, { address: third.address })], {
    timeout: 0,
  });
  const { servers, client } = await setUp(t, {
    pools: [sessions],
    listener: { routes: ["s:", "t:"].map((prefix) => ({ prefix, pool: "sessions" })) },
  });
  const all = [...servers, third];
  for (const server of all) server.answer((request) => (request.startsWith("get") ? "END\r\n" : "OK\r\n"));
  await client.exchange("flush_all\r\nget s:a\r\nget a\r\n", "OK\r\nEND\r\nEND\r\n");
  t.same(third.requests, ["flush_all\r\n", "get s:a\r\n"]);
  t.same(servers[0].requests, ["flush_all\r\n", "get a\r\n"]);
});

t.test("podmate's own stats, under memcached's names", async (t) => {
  const { servers, client, connect } = await setUp(t);
  servers[0].answer(() => "VALUE a 0 1\r\nx\r\nEND\r\n");
  await connect();
  await client.exchange("get a\r\n", "VALUE a 0 1\r\nx\r\nEND\r\n");
  const stats = new Map<string, string>();
  for (const which of ["stats", "stats settings"]) {
    await client.send(`${which}\r\n`);
    for (let line = await client.readLine(); line !== "END"; line = await client.readLine()) {
      const [, name = "", value = ""] = /^STAT (\S+) (.*)$/.exec(line) ?? [];
      t.ok(name, line);
      stats.set(name, value);
    }
  }
  t.match(Object.fromEntries(stats), {
    pid: String(process.pid),
    cmd_get: "1",
    get_hits: "1",
    get_misses: "0",
    curr_connections: "2",
    servers: "2",
    version: "1.6.18",
    podmate_version: /^\d+\.\d+\.\d+/,
    flush_enabled: "yes",
    item_size_max: String(1 << 30),
  });
  t.equal(servers[1].accepted, 0, "no server was asked");
});

t.test("names of the configuration break no line of stats settings", async (t) => {
  const name = "two words, ключ \u{1f600}\r\nfin";
  const { client } = await setUp(t, {
    pools: [poolOptions(name, [serverOptions(name, 0, {})])],
    listener: { routes: [{ prefix: "k", pool: name }] },
  });
  await client.send("stats settings\r\n");
  const lines = (await client.readUntil("END\r\n")).toString("latin1").split("\r\n");
  t.same(lines.splice(-2), ["END", ""]);
  for (const line of lines) t.match(line, /^STAT [\x21-\x7e]+ [\x20-\x7e]*$/);
  t.ok(lines.some((line) => line.startsWith("STAT pool:two_words,_???")));
});

t.test("every command is counted once", async (t) => {
  const { servers, client, plane } = await setUp(t);
  for (const server of servers)
    server.answer((request) => (request.startsWith("get") ? "END\r\n" : "OK\r\n"));
  servers[0].hold();
  await client.send("get a\r\nflush_all\r\nversion\r\nmn\r\nget a foo\r\n");
  await servers[0].waitFor("get a\r\n");
  servers[0].release();
  await client.readUntil("MN\r\nEND\r\n");
  const counts = plane.block("listener", "cache");
  const count = (name: keyof typeof command) => counts[LISTENER.requests + command[name]];
  t.same(
    { get: count("get"), flush_all: count("flush_all"), version: count("version"), mn: count("mn") },
    { get: 2, flush_all: 1, version: 1, mn: 1 },
  );
});

t.test("each request of a client of the binary protocol is refused in its own words", async (t) => {
  const request = (opcode: string, body: string) =>
    Buffer.concat([
      Buffer.from(`80${opcode}000500000000000000050badcafe0000000000000000`, "hex"),
      Buffer.from(body),
    ]);
  for (const every of [1, 1000]) {
    const { client, plane, servers } = await setUp(t);
    await client.sendSplit(Buffer.concat([request("04", "hello"), request("01", "get a")]), every);
    for (const opcode of [0x04, 0x01]) {
      const header = await client.read(24);
      t.equal(header[0], 0x81, "response");
      t.equal(header[1], opcode, "opcode");
      t.equal(header.readUInt16BE(2), 0, "key length");
      t.equal(header[4], 0, "extras length");
      t.equal(header.readUInt16BE(6), 0x81, "status: unknown command");
      t.equal(header.readUInt32BE(12), 0x0badcafe, "opaque");
      const text = await client.read(header.readUInt32BE(8));
      t.equal(text.toString(), "Unknown command: only the text and meta protocols are spoken here");
    }
    t.equal(plane.clientErrors("binary_protocol"), 2);
    t.same(
      servers.map(({ accepted }) => accepted),
      [0, 0],
    );
    await client.send("get a\r\n");
    await client.expectClose();
  }
});

t.test("a text line may hold the binary protocol's first byte later on", async (t) => {
  const { client } = await setUp(t);
  await client.exchange("mn\r\n\x80bogus\r\n", "MN\r\nERROR\r\n");
  await client.expectInStep();
});

const auth = [{ username: "ann", password: "s3cret" }];
const credentials = (text: string) => `set auth 0 0 ${text.length}\r\n${text}\r\n`;

t.test("authentication: nothing goes before it", async (t) => {
  const { client, plane, servers } = await setUp(t, { listener: { auth } });
  servers[0].answer(() => "END\r\n");
  await client.exchange(
    "get a\r\nmn\r\nversion\r\nflush_all\r\n",
    "CLIENT_ERROR unauthenticated\r\n".repeat(4),
  );
  await client.exchange(credentials("ann wrong"), "CLIENT_ERROR authentication failure\r\n");
  await client.exchange(credentials("ann s3cret2"), "CLIENT_ERROR authentication failure\r\n");
  await client.exchange("get a\r\n", "CLIENT_ERROR unauthenticated\r\n");
  t.equal(servers[0].accepted, 0);
  t.equal(plane.clientErrors("unauthenticated"), 7);
  await client.exchange(`${credentials("ann s3cret")}get a\r\n`, "STORED\r\nEND\r\n");
  await client.expectInStep();
});

t.test("authentication byte by byte, and each connection for itself", async (t) => {
  const { client, connect, servers } = await setUp(t, { listener: { auth } });
  servers[0].answer(() => "END\r\n");
  await client.sendSplit(`${credentials("ann s3cret")}get a\r\n`);
  await client.expect("STORED\r\nEND\r\n");
  const second = await connect();
  await second.exchange("get a\r\n", "CLIENT_ERROR unauthenticated\r\n");
  await second.send("quit\r\n");
  await second.expectClose();
});

t.test("a large value before authentication reaches no server", async (t) => {
  const { client, servers } = await setUp(t, { listener: { auth } });
  const value = "v".repeat(400_000);
  for (let i = 0; i < 40; i++) {
    await client.exchange(`set a 0 0 400000\r\n${value}\r\n`, "CLIENT_ERROR unauthenticated\r\n");
  }
  t.equal(servers[0].accepted, 0);
  servers[0].answer(() => "STORED\r\n");
  await client.exchange(credentials("ann s3cret"), "STORED\r\n");
  await client.exchange(`set a 0 0 400000\r\n${value}\r\n`, "STORED\r\n");
});
