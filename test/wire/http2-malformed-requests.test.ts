/** Requests of HTTP/2 that are malformed (RFC 9113 8.1.1): each is refused as such, and no server sees a whole one. */
import t from "tap";
import { startHttpPlane } from "../support/http-plane.ts";
import { data, fields, flag, frame, frameType, getRequest, resetStream } from "../support/http2-frames.ts";
import { answerWith, fieldOf, type RawHeaders, startHttp2Peer, whole } from "../support/http2-peers.ts";
import { RawHttp2Client } from "../support/http2-raw.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import type { Teardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

type Fields = readonly (readonly [name: string, value: string])[];

const get: Fields = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/"],
  [":authority", "h"],
];
const post: Fields = [[":method", "POST"], ...get.slice(1)];
const pseudoNames = get.map(([name]) => name);
const refused = "reset 1";

const head = (block: Fields, flags: number = flag.endHeaders | flag.endStream) =>
  frame(frameType.headers, flags, 1, fields(...block));
const open = (block: Fields) => head(block, flag.endHeaders);
const but = (name: string, value: string): Fields =>
  get.map((field) => (field[0] === name ? [name, value] : field));
const without = (name: string): Fields => get.filter((field) => field[0] !== name);

async function setUp(t: Teardown) {
  const seen: { readonly headers: RawHeaders; readonly trailers: RawHeaders }[] = [];
  const peer = await startHttp2Peer(
    t,
    whole(({ stream, headers, trailers }) => {
      seen.push({ headers, trailers });
      answerWith(stream, { ":status": 200 }, "ok");
    }),
  );
  const plane = await startHttpPlane(t, [peer.address], { listener: { http2: true }, http: { version: 2 } });
  expectNothingBuffered(t, plane);
  /** Sends frames on a connection of their own; resolves to what the first stream is answered. */
  async function outcome(...frames: readonly Buffer[]): Promise<number | string> {
    const client = await RawHttp2Client.connect(t, plane.address, ...frames);
    await until(() => client.outcome() !== null);
    const answer = client.outcome()!;
    client.wire.close();
    return answer;
  }
  return { plane, peer, seen, outcome };
}

t.test("heads", async (t) => {
  const { seen, outcome } = await setUp(t);
  const cases: (readonly [Fields, number | string])[] = [
    // Names and values (8.2.1).
    [[...get, ["X", "upper case"]], refused],
    [[...get, ["x", " a"]], 400],
    [[...get, ["x", "a\t"]], 400],
    // Fields of one connection (8.2.2).
    [[...get, ["connection", "close"]], refused],
    [[...get, ["keep-alive", "5"]], refused],
    [[...get, ["proxy-connection", "keep-alive"]], refused],
    [[...get, ["transfer-encoding", "chunked"]], refused],
    [[...get, ["upgrade", "websocket"]], refused],
    [[...get, ["http2-settings", "AAMAAABk"]], 400],
    [[...get, ["te", "gzip"]], refused],
    [[...get, ["te", "trailers, gzip"]], refused],
    // Pseudo-fields (8.3): each once, before the others, and no others.
    ...pseudoNames.flatMap((name): (readonly [Fields, string])[] => {
      const own = get.find((field) => field[0] === name)!;
      return [
        [without(name), refused],
        [[...get, own], refused],
        [[...without(name), ["x", "y"], own], refused],
        [but(name, ""), refused],
        [but(name, "a b"), refused],
        [but(name, " a"), refused],
        [but(name, "/a\0"), refused],
        [but(name, "/ HTTP/1.1\r\nevil: 1"), refused],
      ];
    }),
    [[...get, [":status", "200"]], refused],
    [[...get, [":unknown", "x"]], refused],
    [but(":path", "x"), refused],
    [but(":path", "*"), refused],
    [but(":path", "http://h/"), refused],
    [but(":path", "/#fragment"), 400],
    [but(":scheme", "ftp"), 400],
    // Whom it is for (8.3.1).
    [but(":authority", "user@h"), refused],
    [but(":authority", "h, h"), refused],
    [but(":authority", "h:x"), 400],
    [[...get, ["host", "other"]], 400],
    [[...get, ["host", "h:80"]], 400],
    [[...get, ["host", ""]], refused],
    [[...get, ["host", "h"], ["host", "h"]], refused],
    [[...without(":authority"), ["host", "h"], ["host", "g"]], refused],
    // Lengths.
    [[...get, ["content-length", "5"]], refused],
    ...["-1", "+5", "5, 5", "0x5", "", "99999999999999999999"].map((value): readonly [Fields, string] => [
      [...get, ["content-length", value]],
      refused,
    ]),
    // CONNECT (8.5): to a host and nothing else. What is right about it is refused in words.
    [[[":method", "CONNECT"], ...get.slice(1)], refused],
    [[[":method", "CONNECT"], [":protocol", "websocket"], ...get.slice(1)], refused],
    [
      [
        [":method", "CONNECT"],
        [":authority", "h:80"],
      ],
      501,
    ],
  ];
  for (const [block, expected] of cases) {
    t.equal(
      await outcome(head(block)),
      expected,
      JSON.stringify(block.filter((field) => !get.includes(field))),
    );
  }
  t.same(seen, []);
});

t.test("what looks odd and is well", async (t) => {
  const { seen, outcome } = await setUp(t);
  for (const block of [
    [...get, ["te", "trailers"]],
    [...get, ["host", "H"]],
    [...without(":authority"), ["host", "h"]],
    [...get, ["x", ""]],
    [...get, ["x", "a \t b"]],
    [...get, ["x", "\x80\xff"]],
    [...get, ["content-length", "0"]],
    but(":scheme", "HTTPS"),
    but(":authority", "[::1]:80"),
    but(":path", "//h/../%2e?a#".slice(0, -1)),
    [
      [":method", "OPTIONS"],
      [":scheme", "http"],
      [":path", "*"],
      [":authority", "h"],
    ],
  ] as Fields[]) {
    t.equal(await outcome(head(block)), 200, JSON.stringify(block));
  }
  t.equal(seen.length, 11);
});

t.test("a field with a byte that has no place vanishes, for node:http2 takes it out", async (t) => {
  const { seen, outcome } = await setUp(t);
  for (const field of [
    ["x", "a\r\nevil: 1"],
    ["x", "a\nevil: 1"],
    ["x", "a\0b"],
    ["x", "a\x7f"],
    ["x\r\nevil", "1"],
    ["x: evil", "1"],
    ["x y", "1"],
    ["", "1"],
  ] as const) {
    seen.length = 0;
    t.equal(await outcome(head([...get, field])), 200, JSON.stringify(field));
    t.same(
      seen.flatMap(({ headers }) => headers).filter((text) => /evil|^x|^$/.test(text)),
      [],
    );
  }
});

t.test("content and trailers", async (t) => {
  const { seen, peer, outcome } = await setUp(t);
  const long = (length: string): Buffer => open([...post, ["content-length", length]]);
  const trailers = (...block: Fields) => head(block);
  const cases: (readonly [name: string, frames: readonly Buffer[], outcome: string])[] = [
    ["less content than announced", [long("5"), data(1, "hel", true)], refused],
    ["none at all", [head([...post, ["content-length", "5"]])], refused],
    ["less, and trailers", [long("5"), data(1, "hel"), trailers(["t", "1"])], refused],
    // node:http2 gives up the connection, which a peer may (5.4.1).
    ["more content than announced", [long("5"), data(1, "hello!!", true)], "goaway 2"],
    ["more, in another frame", [long("5"), data(1, "hello"), data(1, "!!", true)], "goaway 2"],
    ["content where there is to be none", [long("0"), data(1, "x", true)], "goaway 2"],
    ["trailers that are not the end", [open(post), data(1, "x"), open([["t", "1"]])], refused],
    ["a pseudo-field in trailers", [open(post), data(1, "x"), trailers([":path", "/"])], refused],
    ["upper case in trailers", [open(post), data(1, "x"), trailers(["T", "1"])], refused],
    ["a connection's field in trailers", [open(post), data(1, "x"), trailers(["connection", "x"])], refused],
    ["another length in trailers", [open(post), data(1, "x"), trailers(["content-length", "2"])], refused],
    ["white space in trailers", [open(post), data(1, "x"), trailers(["t", "1 "])], "reset 2"],
    ["content behind the end", [head(post), data(1, "x", true)], "goaway 5"],
  ];
  for (const [name, frames, expected] of cases) t.equal(await outcome(...frames), expected, name);
  await until(() => peer.streams.every(({ destroyed }) => destroyed));
  t.same(
    seen.filter(({ headers }) => fieldOf(headers, "content-length") !== undefined),
    [],
  );
  t.ok(seen.length <= 1, "at most the one that had come to its end is answered");
});

t.test("a request that its client ends by a reset is not whole, whatever the code", async (t) => {
  const { plane, peer, seen } = await setUp(t);
  for (const block of [post, [...post, ["content-length", "9"]] as Fields]) {
    for (const code of [0, 1, 8]) {
      const before = peer.streams.length;
      const client = await RawHttp2Client.connect(t, plane.address, open(block), data(1, "a part"));
      await until(() => peer.streams.length > before);
      await client.send(resetStream(1, code));
      await until(() => peer.streams.every(({ destroyed }) => destroyed));
    }
  }
  t.same(seen, []);
});

t.test("a stream that is refused disturbs no other", async (t) => {
  const { plane } = await setUp(t);
  const client = await RawHttp2Client.connect(
    t,
    plane.address,
    head([...get, ["connection", "close"]]),
    frame(frameType.headers, flag.endHeaders, 3, fields(...post, ["content-length", "5"])),
    data(3, "hel", true),
    getRequest(5, "/"),
  );
  await until(() => client.outcome(5) !== null);
  t.equal(client.outcome(1), refused);
  t.equal(client.outcome(3), refused);
  t.equal(client.outcome(5), 200);
});
