/**
 * A server that tells the truth but for one thing: each client gets the right answer or an error, never bytes of another
 * request, and never what a buffer or the last read has left behind; and all are in step after.
 */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import t from "tap";
import { FakeClock } from "../support/fake-clock.ts";
import { startPlane } from "../support/plane.ts";
import { poisonPool, startPoisoner } from "../support/poison.ts";
import { cutAt, randomCuts } from "../support/random-cuts.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const clients = 3;

/** A request and its true answer. What is stored under a key names the key. */
interface Deal {
  readonly client: number;
  readonly request: string;
  readonly answer: string;
  /** What may be told instead, for it says nothing but what is true, or that a key is not there. */
  readonly answers: readonly string[];
}

const storedAt = (key: string): string => `value-of-${key}`.padEnd(12 + key.length * 3, ".");
const block = (key: string, cas = ""): string =>
  `VALUE ${key} 0 ${storedAt(key).length}${cas}\r\n${storedAt(key)}\r\n`;

/** Short keys and long ones: where a value is looked for by the wrong key's length, it is not there. */
const keys = fc
  .tuple(fc.constantFrom("a", "b", "kk", "key-of-middling-length", "k".repeat(100)), fc.nat(99))
  .map(([stem, number]) => `${stem}${number}`);
/** Whether the server has it, which is the same in all answers. */
const has = (key: string): boolean => key.charCodeAt(key.length - 1) % 3 !== 0;

const requests: fc.Arbitrary<Omit<Deal, "client">> = fc.oneof(
  fc.uniqueArray(keys, { minLength: 1, maxLength: 4 }).map((asked) => {
    const answers = subsets(asked.filter(has)).map(
      (found) => `${found.map((key) => block(key)).join("")}END\r\n`,
    );
    return { request: `get ${asked.join(" ")}\r\n`, answer: answers[0]!, answers };
  }),
  keys.map((key) => {
    const answer = `${has(key) ? block(key, " 77") : ""}END\r\n`;
    return { request: `gets ${key}\r\n`, answer, answers: [answer, "END\r\n"] };
  }),
  keys.map((key) => {
    const opaque = `O${key.slice(-8)}`;
    const names = `k${key} ${opaque}\r\n`;
    const answer = has(key) ? `VA ${storedAt(key).length} ${names}${storedAt(key)}\r\n` : `EN ${names}`;
    return { request: `mg ${key} k ${opaque} v\r\n`, answer, answers: [answer] };
  }),
  keys.map((key) => plain(`set ${key} 0 0 1\r\nx\r\n`, "STORED\r\n")),
  keys.map((key) => plain(`delete ${key}\r\n`, "DELETED\r\n")),
  keys.map((key) => plain(`touch ${key} 1\r\n`, "TOUCHED\r\n")),
);

function plain(request: string, answer: string): Omit<Deal, "client"> {
  return { request, answer, answers: [answer] };
}

/** All ways to leave some out, none first. */
function subsets(list: readonly string[]): string[][] {
  const [first, ...others] = list;
  if (first === undefined) return [[]];
  const rest = subsets(others);
  return rest.map((some) => [first, ...some]).concat(rest);
}

const deals: fc.Arbitrary<Deal[]> = fc.array(
  fc.tuple(fc.nat(clients - 1), requests).map(([client, deal]) => ({ client, ...deal })),
  { minLength: 1, maxLength: 8 },
);

/** One thing that is not true, at `place` of the answers. */
type Lie = (answers: readonly string[], place: number, more: number) => string[];

const lies: readonly Lie[] = [
  (answers) => [...answers],
  // One answer too few, too many, in another's place.
  (answers, place) => answers.filter((_, i) => i !== place),
  (answers, place) => answers.flatMap((answer, i) => (i === place ? [answer, answer] : [answer])),
  (answers, place) => [...answers.slice(place + 1), ...answers.slice(0, place + 1)],
  (answers, place, more) => swapped(answers, place, more % answers.length),
  // A key of another request, a shorter one, a longer one.
  (answers, place) => changed(answers, place, (answer) => answer.replace(/^VALUE \S+/, "VALUE x")),
  (answers, place) => changed(answers, place, (answer) => answer.replace(/^(VALUE \S+)/, "$1x")),
  (answers, place) => changed(answers, place, (answer) => answer.replace(/ k\S+ O\S+/, " kx Ox")),
  // A value's length by a little, so that it is not the end of another line.
  (answers, place, more) =>
    changed(answers, place, (answer) =>
      answer.replace(
        /^(VALUE \S+ 0 |VA )(\d+)/,
        (_, head, length) => `${head}${Number(length) + (more % 5) - 2}`,
      ),
    ),
  // Values in another order, twice, without END.
  (answers, place) =>
    changed(answers, place, (answer) => answer.replace(/^(VALUE [\s\S]*?)(VALUE [\s\S]*)END/, "$2$1END")),
  (answers, place) => changed(answers, place, (answer) => answer.replace(/^(VALUE [\s\S]*)END/, "$1$1END")),
  (answers, place) => changed(answers, place, (answer) => answer.replace(/END\r\n$/, "")),
  // Bytes lost, added, or another line end.
  (answers, place, more) => changed(answers, place, (answer) => answer.slice(0, -1 - (more % 4))),
  (answers, place, more) => changed(answers, place, (answer) => answer.slice(1 + (more % 4))),
  (answers, place) => changed(answers, place, (answer) => answer.replace("\r\n", "\n")),
  (answers, place) => changed(answers, place, () => "\0\r\n"),
];

function changed(answers: readonly string[], place: number, change: (answer: string) => string): string[] {
  return answers.map((answer, i) => (i === place ? change(answer) : answer));
}

function swapped(answers: readonly string[], a: number, b: number): string[] {
  return answers.map((answer, i) => (i === a ? answers[b]! : i === b ? answers[a]! : answer));
}

/** Takes the answers to `asked` from what a client has got; fails where one is neither the true one nor an error. */
function judge(asked: readonly Deal[], got: string): void {
  assert.ok(!got.includes("poison"), `bytes that a buffer had left: ${JSON.stringify(got)}`);
  let rest = got;
  for (const { request, answers } of asked) {
    const error = /^SERVER_ERROR (protocol|timeout|connection_lost) s0: [^\r\n]*\r\n/.exec(rest)?.[0];
    const taken = error ?? answers.find((answer) => rest.startsWith(answer));
    assert.ok(taken !== undefined, `${JSON.stringify(request)} got ${JSON.stringify(rest)}`);
    rest = rest.slice(taken.length);
  }
  assert.equal(rest, "", "more than was asked for");
}

t.test("one lie in the answers to any requests, cut anywhere", async (t) => {
  const clock = new FakeClock();
  const server = await ScriptedServer.start(t);
  const plane = await startPlane(t, [server.address], { clock, pool: { timeout: 1_000 } });
  const poisonReads = await startPoisoner(t);
  const connections = await Promise.all(
    Array.from({ length: clients }, () => WireClient.connect(plane.address)),
  );
  t.teardown(() => {
    for (const connection of connections) connection.close();
  });

  const property = fc.asyncProperty(
    deals,
    fc.constantFrom(...lies),
    fc.nat(7),
    fc.nat(200),
    randomCuts(200),
    async (asked, lie, place, more, cuts) => {
      poisonPool();
      await poisonReads();
      const before = server.accepted;
      const received = server.received;
      let sent = 0;
      for (const { client, request } of asked) {
        await connections[client]!.send(request);
        sent += request.length;
        // In this order, and no other.
        await until(() => server.received === received + sent);
      }
      const connection = server.latest!;
      const told = lie(
        asked.map(({ answer }) => answer),
        place % asked.length,
        more,
      ).join("");
      const bytes = Buffer.from(told, "latin1");
      for (const piece of cutAt(
        bytes,
        cuts.filter((cut) => cut < bytes.length),
      )) {
        await connection.send(piece);
        await setImmediate();
        await poisonReads();
      }
      await turns();
      // What is not answered by now never is.
      clock.advance(1_500);
      clock.advance(3_000);
      await turns();
      for (const [client, wire] of connections.entries()) {
        const own = asked.filter((deal) => deal.client === client);
        await wire.send("mn\r\n");
        await until(() => wire.received.toString("latin1").endsWith("MN\r\n"));
        const got = await wire.read(wire.received.length);
        judge(own, got.toString("latin1").slice(0, -"MN\r\n".length));
      }
      assert.ok(server.accepted <= before + 1, "at most one connection for each run");
      if (!connection.ended) connection.close();
      await until(() => connection.ended && server.open === 0);
    },
  );
  await fc.assert(property, { numRuns: 300, endOnFailure: true });
});
