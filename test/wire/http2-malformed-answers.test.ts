/** Answers of HTTP/2 that are malformed (RFC 9113 8.1.1): no client takes one for whole. */
import t from "tap";
import { FakeClock } from "../support/fake-clock.ts";
import { startHttpPlane } from "../support/http-plane.ts";
import { data, fields, flag, frame, frameType, resetStream } from "../support/http2-frames.ts";
import { fieldOf, Http2Client } from "../support/http2-peers.ts";
import { RawHttp2Server } from "../support/http2-raw.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import type { Teardown } from "../support/teardown.ts";

type Fields = readonly (readonly [name: string, value: string])[];

const ok: Fields = [[":status", "200"]];
const head = (stream: number, block: Fields, ends = false) =>
  frame(frameType.headers, flag.endHeaders | (ends ? flag.endStream : 0), stream, fields(...block));

async function setUp(t: Teardown) {
  const server = await RawHttp2Server.start(t);
  const plane = await startHttpPlane(t, [server.address], {
    listener: { http2: true },
    http: { version: 2 },
    clock: new FakeClock(),
  });
  expectNothingBuffered(t, plane);
  const client = await Http2Client.connect(t, plane.address);
  /** What a client is told when the server answers so: `status`, or `status code` of podmate, or `status reset N`. */
  async function outcome(answer: RawHttp2Server["answer"], method = "GET"): Promise<string> {
    server.answer = answer;
    const { headers, code } = await client.ask({ ":path": "/", ":method": method });
    const own = fieldOf(headers, "podmate-error");
    return [fieldOf(headers, ":status"), own, code > 0 ? `reset ${code}` : ""].filter(Boolean).join(" ");
  }
  return { server, plane, client, outcome };
}

t.test("heads", async (t) => {
  const { plane, outcome } = await setUp(t);
  const malformed: Fields[] = [
    [...ok, ["X", "upper case"]],
    [...ok, ["x", " a"]],
    [...ok, ["x", "a "]],
    [...ok, ["connection", "close"]],
    [...ok, ["transfer-encoding", "chunked"]],
    [...ok, ["keep-alive", "5"]],
    [...ok, ["proxy-connection", "x"]],
    [...ok, ["upgrade", "h2c"]],
    [...ok, [":path", "/"]],
    [...ok, [":unknown", "x"]],
    [...ok, ...ok],
    [["x", "y"]],
    [["x", "y"], ...ok],
    [...ok, ["content-length", "five"]],
    ...["", "20", "2000", "abc", "200 ", "099", "600", "999", "101"].map(
      (value): Fields => [[":status", value]],
    ),
  ];
  for (const block of malformed) {
    const said = await outcome((stream) => [head(stream, block), data(stream, "hello", true)]);
    t.equal(said, "502 protocol", JSON.stringify(block));
  }
  t.equal(await outcome((stream) => [head(stream, [[":status", "103"]], true)]), "502 protocol");
  t.equal(plane.upstreamErrors("protocol"), malformed.length + 1);
  t.equal(plane.serverCount("connects"), 1, "the other streams go on");
});

t.test("a field with a byte that has no place vanishes, for node:http2 takes it out", async (t) => {
  const { server, client } = await setUp(t);
  for (const field of [
    ["x", "a\r\nevil: 1"],
    ["x", "a\0"],
    ["x: evil", "1"],
  ] as const) {
    server.answer = (stream) => [head(stream, [...ok, field]), data(stream, "hello", true)];
    const { headers, body } = await client.ask({ ":path": "/" });
    t.equal(body.toString(), "hello");
    t.notOk(headers!.some((text) => /evil|^x/.test(text)));
  }
});

t.test("content and trailers", async (t) => {
  const { outcome } = await setUp(t);
  const long = (stream: number, length: string) => head(stream, [...ok, ["content-length", length]]);
  const cases: (readonly [string, RawHttp2Server["answer"]])[] = [
    ["less than announced", (stream) => [long(stream, "7"), data(stream, "hello", true)]],
    ["more than announced", (stream) => [long(stream, "3"), data(stream, "hello", true)]],
    ["a reset in the middle", (stream) => [long(stream, "7"), data(stream, "hello"), resetStream(stream, 0)]],
    [
      "a reset in the middle, with NO_ERROR, of content without a length",
      (stream) => [head(stream, ok), data(stream, "hello"), resetStream(stream, 0)],
    ],
    [
      "trailers that are not the end",
      (stream) => [head(stream, ok), data(stream, "x"), head(stream, [["t", "1"]])],
    ],
    ["a pseudo-field in trailers", (stream) => [head(stream, ok), data(stream, "x"), head(stream, ok, true)]],
    [
      "a connection's field in trailers",
      (stream) => [head(stream, ok), data(stream, "x"), head(stream, [["connection", "x"]], true)],
    ],
    [
      "white space in trailers",
      (stream) => [head(stream, ok), data(stream, "x"), head(stream, [["t", " 1"]], true)],
    ],
  ];
  for (const [name, answer] of cases) t.equal(await outcome(answer), "200 reset 2", name);
});

t.test("what looks odd and is well", async (t) => {
  const { plane, outcome } = await setUp(t);
  const length = (value: string): Fields => [...ok, ["content-length", value]];
  const cases: (readonly [
    name: string,
    status: string,
    answer: RawHttp2Server["answer"],
    method?: string,
  ])[] = [
    ["a length and no content, to HEAD", "200", (stream) => [head(stream, length("5"), true)], "HEAD"],
    [
      "the same in two frames",
      "200",
      (stream) => [head(stream, length("5")), data(stream, "", true)],
      "HEAD",
    ],
    [
      "304 with a length",
      "304",
      (stream) => [
        head(
          stream,
          [
            [":status", "304"],
            ["content-length", "5"],
          ],
          true,
        ),
      ],
    ],
    ["204 in two frames", "204", (stream) => [head(stream, [[":status", "204"]]), data(stream, "", true)]],
    ["a head and nothing", "200", (stream) => [head(stream, ok, true)]],
    ["trailers at once", "200", (stream) => [head(stream, ok), head(stream, [["grpc-status", "0"]], true)]],
    [
      "a reset behind the end: what the client has left to send is not wanted",
      "200",
      (stream) => [head(stream, ok), data(stream, "hello", true), resetStream(stream, 0)],
    ],
    [
      "a frame of an unknown type",
      "200",
      (stream) => [frame(0xfa, 0xff, stream, Buffer.alloc(8)), head(stream, ok), data(stream, "hello", true)],
    ],
  ];
  for (const [name, status, answer, method] of cases) t.equal(await outcome(answer, method), status, name);
  t.equal(plane.serverCount("connects"), 1);
});

t.test("content where there is none costs the server its connection, and the client nothing", async (t) => {
  const { plane, outcome } = await setUp(t);
  for (const status of ["204", "304"]) {
    const said = await outcome((stream) => [
      head(stream, [[":status", status]]),
      data(stream, "hello", true),
    ]);
    t.equal(said, status);
  }
  t.equal(plane.serverCount("connects"), 2);
});
