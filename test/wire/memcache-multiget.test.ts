// How does a get of many keys come together from several servers, and what if one of them fails?
import t, { type Test } from "tap";
import type { PoolOptions } from "../../src/upstream/pool-options.ts";
import { keysOf, ownerOf, startPlane } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { runWireCases, type WireCase } from "../support/wire-case.ts";
import { WireClient } from "../support/wire-client.ts";

// By the ring of these tests a, b and c belong to server 0, foo, bar and big to server 1.
const value = (key: string, text = key) => `VALUE ${key} 0 ${text.length}\r\n${text}\r\n`;

const CASES: readonly WireCase[] = [
  {
    name: "keys are grouped per server and merged in the order asked",
    client: "get a foo b bar c\r\n",
    servers: {
      0: [{ sees: "get a b c\r\n", answers: `${value("a")}${value("b")}${value("c")}END\r\n` }],
      1: [{ sees: "get foo bar\r\n", answers: `${value("foo")}${value("bar")}END\r\n` }],
    },
    gets: `${["a", "foo", "b", "bar", "c"].map((key) => value(key)).join("")}END\r\n`,
  },
  {
    name: "keys of one server go as one request",
    client: "get c a b\r\n",
    servers: { 0: [{ sees: "get c a b\r\n", answers: `${value("c")}${value("b")}END\r\n` }] },
    gets: `${value("c")}${value("b")}END\r\n`,
  },
  {
    name: "misses leave no gap",
    client: "get a foo b bar\r\n",
    servers: {
      0: [{ sees: "get a b\r\n", answers: `${value("b")}END\r\n` }],
      1: [{ sees: "get foo bar\r\n", answers: "END\r\n" }],
    },
    gets: `${value("b")}END\r\n`,
  },
  {
    name: "duplicates are kept",
    client: "get a foo a foo a\r\n",
    servers: {
      0: [{ sees: "get a a a\r\n", answers: `${value("a").repeat(3)}END\r\n` }],
      1: [{ sees: "get foo foo\r\n", answers: "END\r\n" }],
    },
    gets: `${value("a").repeat(3)}END\r\n`,
  },
  {
    name: "a key that begins like another, and values that look like answers",
    client: "get fo foo a ab\r\n",
    servers: splitOver({ fo: "END\r\n", foo: "VALUE a 0 1", a: "\r\nEND\r\n", ab: "" }),
    gets: `${value("fo", "END\r\n")}${value("foo", "VALUE a 0 1")}${value("a", "\r\nEND\r\n")}${value("ab", "")}END\r\n`,
  },
  {
    name: "gets with its cas uniques",
    client: "gets a foo\r\n",
    servers: {
      0: [{ sees: "gets a\r\n", answers: "VALUE a 5 1 18446744073709551615\r\nx\r\nEND\r\n" }],
      1: [{ sees: "gets foo\r\n", answers: "VALUE foo 0 0 1\r\n\r\nEND\r\n" }],
    },
    gets: "VALUE a 5 1 18446744073709551615\r\nx\r\nVALUE foo 0 0 1\r\n\r\nEND\r\n",
  },
  {
    name: "gat and gats take their exptime along",
    client: "gat 100 a foo\r\ngats -1 b bar\r\n",
    servers: {
      0: [{ sees: "gat 100 a\r\ngats -1 b\r\n", answers: `${value("a")}END\r\nEND\r\n` }],
      1: [{ sees: "gat 100 foo\r\ngats -1 bar\r\n", answers: `END\r\nVALUE bar 0 1 7\r\nx\r\nEND\r\n` }],
    },
    gets: `${value("a")}END\r\nVALUE bar 0 1 7\r\nx\r\nEND\r\n`,
  },
  {
    name: "the client's own mistake is told once",
    client: "gat 5 a foo\r\n",
    servers: {
      0: [{ sees: "gat 5 a\r\n", answers: "CLIENT_ERROR not today\r\n" }],
      1: [{ sees: "gat 5 foo\r\n", answers: "CLIENT_ERROR not today\r\n" }],
    },
    gets: "CLIENT_ERROR not today\r\n",
  },
  {
    name: "an error of one server makes its keys misses",
    client: "get a foo b\r\n",
    servers: {
      0: [
        { sees: "get a b\r\n", answers: `${value("a")}SERVER_ERROR out of memory writing get response\r\n` },
      ],
      1: [{ sees: "get foo\r\n", answers: `${value("foo")}END\r\n` }],
    },
    gets: `${value("a")}${value("foo")}END\r\n`,
  },
  {
    name: "errors of all servers are an error",
    client: "get a foo\r\n",
    servers: {
      0: [{ sees: "get a\r\n", answers: "SERVER_ERROR one\r\n" }],
      1: [{ sees: "get foo\r\n", answers: "SERVER_ERROR two\r\n" }],
    },
    gets: "SERVER_ERROR one\r\n",
  },
];

/** One exchange per server: its share of these values, asked for and found. */
function splitOver(values: Record<string, string>): NonNullable<WireCase["servers"]> {
  const share = (index: number) => {
    const own = Object.entries(values).filter(([key]) => ownerOf(key) === index);
    const answers = `${own.map(([key, text]) => value(key, text)).join("")}END\r\n`;
    return own.length === 0 ? [] : [{ sees: `get ${own.map(([key]) => key).join(" ")}\r\n`, answers }];
  };
  return { 0: share(0), 1: share(1) };
}

await runWireCases(t, CASES, { startProxy: (servers) => startPlane(t, servers) });

async function setUp(t: Test, pool: Partial<PoolOptions> = {}) {
  const servers = [await ScriptedServer.start(t), await ScriptedServer.start(t)] as const;
  const plane = await startPlane(
    t,
    servers.map(({ address }) => address),
    { pool },
  );
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  return { servers, plane, client };
}

const echo = (request: string) =>
  `${request
    .trim()
    .split(" ")
    .slice(1)
    .map((key) => value(key))
    .join("")}END\r\n`;

t.test("a server that cannot be reached: its keys are left out, and are no misses", async (t) => {
  const { servers, plane, client } = await setUp(t);
  servers[0].answer(echo);
  await servers[1].refuse();
  await client.exchange("get a foo b bar\r\n", `${value("a")}${value("b")}END\r\n`);
  t.equal(plane.poolCount("partialMultigets"), 1);
  t.equal(plane.poolErrors("connect"), 1);
  t.same([plane.poolCount("hits"), plane.poolCount("misses")], [2, 0]);
  await client.send("get foo bar\r\n");
  t.match(await client.readLine(), /^SERVER_ERROR connect s1: /, "where nothing at all came, that is said");
  t.equal(plane.poolDurations("get"), 1, "what no server has seen has no latency");
  await client.expectInStep();
});

t.test("the policy `error`: the whole is an error, and the client stays", async (t) => {
  const { servers, client } = await setUp(t, { on_error: "error" });
  servers[0].answer(echo);
  await servers[1].refuse();
  await client.send("get a foo b\r\nget a b\r\n");
  t.match(await client.readLine(), /^SERVER_ERROR connect s1: /);
  await client.expect(`${value("a")}${value("b")}END\r\n`);
  await client.expectInStep();
});

t.test("the policy `error` holds for an error line, too", async (t) => {
  const { servers, client } = await setUp(t, { on_error: "error" });
  servers[0].answer(echo);
  servers[1].answer(() => "SERVER_ERROR out of memory\r\n");
  await client.exchange("get a foo b\r\n", "SERVER_ERROR out of memory\r\n");
  await client.expectInStep();
});

t.test("a server that hangs up in the middle of its values gives no half value", async (t) => {
  const { servers, client } = await setUp(t);
  servers[0].answer(echo);
  await client.send("get a foo b bar\r\n");
  const connection = await servers[1].nextConnection();
  await connection.expect("get foo bar\r\n");
  await connection.send(`${value("foo")}VALUE bar 0 100\r\nhalf`);
  connection.reset();
  await client.expect(`${value("a")}${value("b")}END\r\n`);
  await client.expectInStep();
});

t.test("two thousand keys over both servers", async (t) => {
  const { servers, plane, client } = await setUp(t);
  for (const server of servers) server.answer(echo);
  const keys = Array.from({ length: 2000 }, (_, i) => `key:${i}:${"x".repeat(i % 90)}`);
  const line = `get ${keys.join(" ")}\r\n`;
  t.ok(line.length > 65_536);
  for (const every of [line.length, 1_000]) {
    await client.sendSplit(line, every);
    await client.expect(`${keys.map((key) => value(key)).join("")}END\r\n`);
    await client.expectInStep();
  }
  const asked = servers.flatMap((server) => server.requests);
  t.ok(asked.length < 120, `${asked.length} requests`);
  t.ok(
    asked.every((request) => request.length <= 2048),
    "no line longer than memcached reads from anybody",
  );
  t.same([plane.poolCount("hits"), plane.poolCount("misses")], [4000, 0]);
  t.equal(plane.bufferedBytes, 0, "nothing is held afterwards");
});

t.test("a get line of more than a mebibyte is refused", async (t) => {
  const { client, plane } = await setUp(t);
  await client.send(`get ${"k ".repeat(600_000)}\r\n`);
  await client.expect("CLIENT_ERROR line too long\r\n");
  await client.expectClose();
  t.equal(plane.clientErrors("line_too_long"), 1);
});

t.test("large values in a get of many keys", async (t) => {
  const { servers, client } = await setUp(t);
  const [one = "", two = ""] = keysOf(0, 2);
  const [three = ""] = keysOf(1, 1);
  const texts = new Map([one, two, three].map((key, i) => [key, String(i).repeat(300_000 + i)]));
  const answer = (request: string) =>
    `${request
      .trim()
      .split(" ")
      .slice(1)
      .map((key) => value(key, texts.get(key)))
      .join("")}END\r\n`;
  for (const server of servers) server.answer(answer);
  await client.exchange(
    `get ${one} ${three} ${two} ${one}\r\n`,
    `${[one, three, two, one].map((key) => value(key, texts.get(key))).join("")}END\r\n`,
  );
  await client.expectInStep();
});

t.test(
  "long gets count towards what is held for a client: more are read when some are answered",
  async (t) => {
    const server = await ScriptedServer.start(t);
    server.answer(() => "END\r\n");
    server.hold();
    const plane = await startPlane(t, [server.address], { limits: { bytes: 4 << 20 } });
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    const line = (i: number) => `get ${`${"k".repeat(249)} `.repeat(4_000)}last${i}\r\n`;
    const sent = client.send(Array.from({ length: 12 }, (_, i) => line(i)).join(""));
    await server.waitFor("last1\r\n");
    t.equal(plane.plane.load().requests, 2);
    t.ok(plane.bufferedBytes < 16 << 20, `${plane.bufferedBytes} bytes`);
    server.release();
    await sent;
    await client.expect("END\r\n".repeat(12));
    await client.expectInStep();
    t.equal(plane.bufferedBytes, 0);
  },
);
