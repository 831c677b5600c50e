// RFC 9112 section 7.1: are chunks followed to their end, whatever pieces they come in, and refused where another parser might see another end?
import fc from "fast-check";
import t from "tap";
import { ChunkData } from "../../src/http1/chunk-data.ts";
import { ChunkedBody, chunked } from "../../src/http1/chunked-body.ts";
import { cutAt, randomCuts } from "../support/random-cuts.ts";
import { guarded, surrounded } from "./guarded-bytes.ts";
import { nameIn } from "./request-case.ts";

interface FoundChunks {
  readonly state: string;
  readonly problem: string | null;
  /** Bytes of payload, and bytes that may be relayed. */
  readonly data: number;
  readonly relayed: number;
}

/** What is found in `text` when it comes in pieces of `size` bytes. */
function scan(text: string, size: number): FoundChunks {
  const body = new ChunkedBody();
  body.reset();
  const { bytes, start, end } = surrounded(text);
  let relayed = 0;
  for (let at = start; at < end && body.state === chunked.body; at += size) {
    const stop = Math.min(end, at + size);
    relayed += body.scan(guarded(bytes, at, stop), at, stop) - at;
  }
  return {
    state: nameIn(chunked, body.state),
    problem: body.problem?.code ?? null,
    data: body.dataLength,
    relayed,
  };
}

/** Sizes of pieces in which something else is found in `text` than in the whole. */
function sizesWithOther(text: string): number[] {
  const whole = JSON.stringify(scan(text, text.length));
  return Array.from(text, (_, i) => i + 1).filter((size) => JSON.stringify(scan(text, size)) !== whole);
}

t.test("bodies", async (t) => {
  const cases: readonly (readonly [text: string, data: number])[] = [
    ["0\r\n", 0],
    ["000\r\n", 0],
    ["0000000000000\r\n", 0],
    ["0;a=b\r\n", 0],
    ["5\r\nhello\r\n0\r\n", 5],
    ["5\r\nhello\r\n6\r\n world\r\n0\r\n", 11],
    ["a\r\n0123456789\r\n0\r\n", 10],
    ["A\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n", 10],
    ["0000000000001\r\nx\r\n0\r\n", 1],
    ["1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n", 26],
    ["1;\r\nx\r\n0\r\n", 1],
    ["1;a\r\nx\r\n0\r\n", 1],
    ['1;a="b;c" ; d=e\r\nx\r\n0\r\n', 1],
    ["1 \t;a=b\r\nx\r\n0\r\n", 1],
    ["1;\xe9\t\r\nx\r\n0\r\n", 1],
    [`1;${"a".repeat(255)}\r\nx\r\n0\r\n`, 1],
    [`1 ;${"a".repeat(254)}\r\nx\r\n1;${"b".repeat(255)}\r\ny\r\n0\r\n`, 2],
  ];
  for (const [text, data] of cases) {
    const found = { state: "trailers", problem: null, data, relayed: text.length };
    t.same(scan(text, text.length), found, JSON.stringify(text));
    t.same(sizesWithOther(text), [], "in pieces of any size");
    t.same(scan(`${text}Trailer: a\r\n\r\nGET`, 1000), found, "trailers and more behind");
    const early = Array.from(text, (_, cut) => scan(text.slice(0, cut), 1000)).filter(
      ({ state }) => state !== "body",
    );
    t.same(early, [], "not before its end");
  }
});

t.test("bodies that are refused", async (t) => {
  const cases: readonly (readonly [text: string, problem: string, relayed: number])[] = [
    ["\r\n", "bad-chunk-size", 0],
    ["\n", "bad-chunk-size", 0],
    [" 5\r\n", "bad-chunk-size", 0],
    ["+5\r\n", "bad-chunk-size", 0],
    ["-5\r\n", "bad-chunk-size", 0],
    ["0x5\r\n", "bad-chunk-size", 1],
    ["5_0\r\n", "bad-chunk-size", 1],
    ["5g\r\n", "bad-chunk-size", 1],
    [";a\r\n", "bad-chunk-size", 0],
    ["5 \r\n", "bad-chunk-size", 2],
    ["5 5\r\n", "bad-chunk-size", 2],
    ["5\0\r\n", "bad-chunk-size", 1],
    ["00000000000000\r\n", "bad-chunk-size", 13],
    ["10000000000000\r\n", "bad-chunk-size", 13],
    ["fffffffffffffffff\r\n", "bad-chunk-size", 13],
    ["5\nhello", "bare-lf", 1],
    ["5\r5\r\n", "bare-cr", 2],
    ["5\rhello", "bare-cr", 2],
    ["5\r\r\n", "bare-cr", 2],
    ["5;a\nhello", "bare-lf", 3],
    ["5;\nhello", "bare-lf", 2],
    ["5;a\r\r\n", "bare-cr", 4],
    ["5;a\rb\r\n", "bare-cr", 4],
    ["5;\0\r\n", "bad-chunk-extension", 2],
    ["5;\x7f\r\n", "bad-chunk-extension", 2],
    [`5;${"a".repeat(256)}\r\n`, "chunk-extension-too-long", 257],
    [`5${" ".repeat(257)};\r\n`, "chunk-extension-too-long", 257],
    ["5\r\nhellox", "bad-chunk-end", 8],
    ["5\r\nhello\n", "bad-chunk-end", 8],
    ["5\r\nhello\rx", "bad-chunk-end", 9],
    ["5\r\nhello0\r\n", "bad-chunk-end", 8],
    ["5\r\nhello\r\n\r\n", "bad-chunk-size", 10],
    ["0\n", "bare-lf", 1],
    ["0\r\r", "bare-cr", 2],
  ];
  for (const [text, problem, relayed] of cases) {
    t.match(scan(text, text.length), { state: "refused", problem, relayed }, JSON.stringify(text));
    t.same(sizesWithOther(text), [], "in pieces of any size");
  }
});

/** What is relayed of a server's chunks that come in pieces of `size` bytes, or why they are refused. */
function relayedFromServer(text: string, size: number): string {
  const body = new ChunkedBody("server");
  const { bytes, start, end } = surrounded(text);
  let relayed = "";
  for (let at = start; at < end && body.state === chunked.body; ) {
    const stop = Math.min(end, at + size);
    const found = body.scan(guarded(bytes, at, stop), at, stop);
    relayed += Buffer.from(bytes.subarray(at, found)).toString("latin1");
    at = body.problem === null ? body.next : end;
  }
  return body.problem?.code ?? relayed;
}

t.test(
  "of a server, what can be read in one way only is taken, and relayed as every client reads it",
  async (t) => {
    const cases: readonly (readonly [text: string, relayed: string])[] = [
      ["5\r\nhello\r\n0\r\n", "5\r\nhello\r\n0\r\n"],
      ["00000000000005\r\nhello\r\n00000000000000\r\n", "05\r\nhello\r\n0\r\n"],
      [`${"0".repeat(256)}a\r\n0123456789\r\n0\r\n`, "0a\r\n0123456789\r\n0\r\n"],
      ["5   \r\nhello\r\n0 \t\r\n", "5\r\nhello\r\n0\r\n"],
      ["5 ;a=b\r\nhello\r\n0;c\r\n", "5\r\nhello\r\n0\r\n"],
      [`5;${"a".repeat(16_000)}\r\nhello\r\n0\r\n`, "5\r\nhello\r\n0\r\n"],
      [`5${" ".repeat(300)}\r\nhello\r\n0\r\n`, "5\r\nhello\r\n0\r\n"],
      ["0fffffffffffff\r\nx", "0fffffffffffff\r\nx"],
      ["10000000000000\r\nx", "bad-chunk-size"],
      [`${"0".repeat(258)}5\r\n`, "bad-chunk-size"],
      [`5;${"a".repeat(16_400)}\r\n`, "chunk-extension-too-long"],
      ["5 6\r\nhello", "bad-chunk-size"],
      [" 5\r\nhello", "bad-chunk-size"],
      ["0x5\r\nhello", "bad-chunk-size"],
      ["-5\r\nhello", "bad-chunk-size"],
      ["5 \nhello", "bad-chunk-size"],
      ["5;a\nhello", "bare-lf"],
      ["5;\0\r\nhello", "bad-chunk-extension"],
    ];
    for (const [text, relayed] of cases) {
      for (const size of [text.length, 1, 2, 3, 7])
        t.equal(
          relayedFromServer(text, size),
          relayed,
          `${JSON.stringify(text.slice(0, 40))} in pieces of ${size}`,
        );
    }
  },
);

t.test("it is recycled, whatever it was left in", async (t) => {
  const body = new ChunkedBody();
  const whole = Buffer.from("1;a\r\nx\r\n0\r\n");
  for (const left of ["5", "5;a", "5;a\r", "5\r\nhel", "5\r\nhello\r", "0\r\n", "x"]) {
    body.scan(Buffer.from(left), 0, left.length);
    body.reset();
    t.equal(body.scan(whole, 0, whole.length), whole.length);
    t.same([body.state, body.dataLength, body.problem], [chunked.trailers, 1, null], JSON.stringify(left));
  }
});

t.test("a chunk as large as its digits say", async (t) => {
  const body = new ChunkedBody();
  const head = Buffer.from("fffffffffffff\r\nx");
  t.equal(body.scan(head, 0, head.length), head.length);
  t.equal(body.state, chunked.body);
  t.equal(body.dataLength, 1);
});

t.test("any chunks, cut anywhere, are followed to their end and give their data", async () => {
  const chunk = fc.record({
    data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    zeros: fc.nat({ max: 8 }),
    extension: fc.constantFrom("", ";a", ";a=b;c", ' ;x="y"'),
    upper: fc.boolean(),
  });
  const message = fc.array(chunk, { maxLength: 8 }).map((chunks) => {
    const parts = chunks.map(({ data, zeros, extension, upper }) => {
      const digits = "0".repeat(zeros) + data.length.toString(16);
      const line = `${upper ? digits.toUpperCase() : digits}${extension}\r\n`;
      return Buffer.concat([Buffer.from(line), data, Buffer.from("\r\n")]);
    });
    return {
      bytes: Buffer.concat([...parts, Buffer.from("0\r\n")]),
      data: Buffer.concat(chunks.map(({ data }) => data)),
    };
  });
  const cutMessage = message.chain(({ bytes, data }) =>
    fc.record({ bytes: fc.constant(bytes), data: fc.constant(data), cuts: randomCuts(bytes.length) }),
  );
  fc.assert(
    fc.property(cutMessage, ({ bytes, data, cuts }) => {
      const body = new ChunkedBody();
      const bare = new ChunkData();
      const taken: Buffer[] = [];
      const sink = {
        append: (b: Uint8Array, from: number, to: number) => taken.push(Buffer.from(b.subarray(from, to))),
      };
      for (const piece of cutAt(bytes, cuts)) {
        if (body.scan(piece, 0, piece.length) !== piece.length) return false;
        bare.extract(piece, 0, piece.length, sink);
      }
      return (
        body.state === chunked.trailers &&
        body.dataLength === data.length &&
        Buffer.concat(taken).equals(data)
      );
    }),
  );
});
