import t from "tap";
import { KeySpace } from "../../../bench/load/key-space.ts";
import { ReplyReader } from "../../../bench/load/reply-reader.ts";
import { Tally } from "../../../bench/load/tally.ts";

const keysPerGet = 3;
const space = new KeySpace({ count: 5, valueSize: 40, keysPerGet, prefix: "k:" });

/** What a server stores when it gets the set that the load generator writes. */
function storedValue(index: number): string {
  const out = Buffer.alloc(space.setLength);
  space.writeSet(out, 0, index);
  return out.toString("latin1").slice(out.indexOf("\r\n") + 2, -2);
}

function answer(index: number, value = storedValue(index), size = value.length): string {
  return `VALUE ${space.key(index)} 0 ${size}\r\n${value}\r\n`;
}

interface Case {
  readonly name: string;
  readonly requests: readonly (["get", number] | ["set", number])[];
  readonly answers: string;
  readonly counts: Partial<Tally>;
  readonly outOfStep?: boolean;
}

const damaged = storedValue(1).slice(0, -1) + (storedValue(1).endsWith("x") ? "y" : "x");
const cases: readonly Case[] = [
  {
    name: "gets and sets in a pipeline",
    requests: [
      ["get", 0],
      ["set", 2],
      ["get", 1],
    ],
    answers: `${answer(0)}${answer(1)}${answer(2)}END\r\nSTORED\r\n${answer(1)}${answer(2)}${answer(3)}END\r\n`,
    counts: { requests: 3, gets: 2, sets: 1, hits: 6, misses: 0, wrong: 0 },
  },
  {
    name: "a get that wraps around to the first keys",
    requests: [["get", 4]],
    answers: `${answer(4)}${answer(0)}${answer(1)}END\r\n`,
    counts: { requests: 1, hits: 3, misses: 0, wrong: 0 },
  },
  {
    name: "misses at the beginning, in the middle and at the end",
    requests: [
      ["get", 0],
      ["get", 0],
      ["get", 0],
      ["get", 0],
    ],
    answers: `${answer(1)}${answer(2)}END\r\n${answer(0)}${answer(2)}END\r\n${answer(0)}${answer(1)}END\r\nEND\r\n`,
    counts: { requests: 4, hits: 6, misses: 6, wrong: 0 },
  },
  {
    name: "errors end their request only",
    requests: [
      ["get", 0],
      ["set", 0],
      ["get", 1],
      ["set", 0],
    ],
    answers: "SERVER_ERROR out of order\r\nSERVER_ERROR x\r\nERROR\r\nSTORED\r\n",
    counts: { requests: 4, gets: 0, sets: 1, serverErrors: 2, clientErrors: 1, wrong: 0, hits: 0 },
  },
  {
    name: "an error after the first value of a get",
    requests: [
      ["get", 0],
      ["set", 0],
    ],
    answers: `${answer(0)}SERVER_ERROR lost\r\nSTORED\r\n`,
    counts: { requests: 2, hits: 1, serverErrors: 1, sets: 1, wrong: 0 },
  },
  {
    name: "the value of another key under the right name",
    requests: [
      ["get", 1],
      ["set", 1],
    ],
    answers: `${answer(1, storedValue(2))}END\r\nSTORED\r\n`,
    counts: { requests: 2, hits: 0, wrong: 1, sets: 1 },
  },
  {
    name: "a value that ends in a wrong byte",
    requests: [["get", 1]],
    answers: `${answer(1, damaged)}${answer(2)}END\r\n`,
    counts: { requests: 1, hits: 1, wrong: 1 },
  },
  {
    name: "a key that was not asked for",
    requests: [
      ["get", 0],
      ["set", 1],
    ],
    answers: `${answer(4)}END\r\nSTORED\r\n`,
    counts: { requests: 2, hits: 0, wrong: 1, sets: 1 },
  },
  {
    name: "a value of another length",
    requests: [
      ["get", 0],
      ["set", 1],
    ],
    answers: `${answer(0, "abc")}END\r\nSTORED\r\n`,
    counts: { requests: 2, hits: 0, wrong: 1, sets: 1 },
  },
  {
    name: "no line end behind the value",
    requests: [["get", 0]],
    answers: `${answer(0).slice(0, -2)}xxEND\r\n`,
    counts: { requests: 1, hits: 0, wrong: 1 },
  },
  {
    name: "words that are no answer",
    requests: [["set", 0]],
    answers: "HELLO\r\n",
    counts: { requests: 0, wrong: 1 },
    outOfStep: true,
  },
  {
    name: "an answer that nothing asked for",
    requests: [["set", 0]],
    answers: "STORED\r\nSTORED\r\n",
    counts: { requests: 1, sets: 1, wrong: 1 },
    outOfStep: true,
  },
];

function read(wire: Case, pieces: readonly Buffer[]): { tally: Tally; inStep: boolean; pending: number } {
  const tally = new Tally();
  const reader = new ReplyReader(space, tally, { depth: 8, keysPerGet, verifyAll: true });
  for (const [kind, key] of wire.requests) {
    if (kind === "get") reader.expectGet(key);
    else reader.expectSet(key);
  }
  const inStep = pieces.every((piece) => reader.feed(piece, piece.length));
  return { tally, inStep, pending: reader.pending };
}

for (const wire of cases) {
  const bytes = Buffer.from(wire.answers, "latin1");
  const splits: Record<string, Buffer[]> = {
    whole: [bytes],
    "byte by byte": Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
    "seven bytes at a time": Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) =>
      bytes.subarray(at * 7, at * 7 + 7),
    ),
  };
  for (const [split, pieces] of Object.entries(splits)) {
    t.test(`${wire.name}, ${split}`, async (t) => {
      const { tally, inStep, pending } = read(wire, pieces);
      t.match(tally, wire.counts);
      t.equal(inStep, wire.outOfStep !== true);
      if (inStep) t.equal(pending, 0);
    });
  }
}

t.test("without verify-all, the length and first bytes of every value are still checked", async (t) => {
  const tally = new Tally();
  const reader = new ReplyReader(space, tally, { depth: 1, keysPerGet, verifyAll: false });
  const good = Buffer.from(`${answer(0)}${answer(1)}${answer(2)}END\r\n`, "latin1");
  const swapped = Buffer.from(`${answer(0, storedValue(3))}${answer(1)}${answer(2)}END\r\n`, "latin1");
  for (const bytes of [good, swapped]) {
    reader.expectGet(0);
    t.ok(reader.feed(bytes, bytes.length));
  }
  t.match(tally, { requests: 2, hits: 5, wrong: 1, misses: 1 });
});

t.test("a reader that is reset expects nothing of the old connection", async (t) => {
  const tally = new Tally();
  const reader = new ReplyReader(space, tally, { depth: 2, keysPerGet, verifyAll: true });
  const half = Buffer.from(answer(0).slice(0, 30), "latin1");
  reader.expectGet(0);
  t.ok(reader.feed(half, half.length));
  reader.reset();
  t.equal(reader.pending, 0);
  reader.expectSet(0);
  const stored = Buffer.from("STORED\r\n");
  t.ok(reader.feed(stored, stored.length));
  t.match(tally, { requests: 1, sets: 1, wrong: 0 });
});
