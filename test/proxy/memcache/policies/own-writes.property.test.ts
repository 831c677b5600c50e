/** Through near cache and coalescing, does a client ever see a value older than one whose write it knows to be done? */
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { startMemcacheNode } from "../../../../src/embedded/memcache-node.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { startPlane } from "../../../support/plane.ts";
import { WireClient } from "../../../support/wire-client.ts";

const clients = 4;
const keys = ["a", "b", "c"];

const step = fc.record({
  client: fc.nat({ max: clients - 1 }),
  /** Requests sent in one piece, before the answers are read. */
  requests: fc.array(
    fc.record({
      key: fc.constantFrom(...keys),
      do: fc.constantFrom("get", "get", "get", "set", "delete", "gets", "many"),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  /** Whether to read what this client was sent before the next step; else it is read later. */
  read: fc.boolean(),
});

/** One request as the test sees it: times are steps of the test's own counter. */
interface Asked {
  readonly client: number;
  readonly key: string;
  readonly isWrite: boolean;
  /** The value that a write stores; for a delete, nobody sees it. */
  readonly number: number;
  readonly sent: number;
  /** When its answer was read. */
  done: number;
}

/** Whether `a` was over before `b` began: the answer was there, or one client has sent both on one connection. */
function precedes(a: Asked, b: Asked): boolean {
  return a.done < b.sent || (a.client === b.client && a.sent < b.sent);
}

/** A play of several clients, and what may be seen in it. */
class Play {
  readonly peers: readonly WireClient[];
  readonly pending: Asked[][];
  readonly writes: Asked[] = [];
  #time = 0;
  #number = 0;

  constructor(peers: readonly WireClient[]) {
    this.peers = peers;
    this.pending = peers.map(() => []);
  }

  async send(
    client: number,
    requests: readonly { readonly key: string; readonly do: string }[],
  ): Promise<void> {
    let text = "";
    for (const { key, do: what } of requests) {
      const isWrite = what === "set" || what === "delete";
      const number = isWrite ? this.#number++ : 0;
      const sent = this.#time++;
      const asked: Asked = { client, key, isWrite, number, sent, done: Number.POSITIVE_INFINITY };
      this.pending[client]!.push(asked);
      if (isWrite) this.writes.push(asked);
      if (what === "set") text += `set ${key} 0 0 ${`${number}`.length}\r\n${number}\r\n`;
      else if (what === "many") text += `get other ${key} ${key}\r\n`;
      else text += `${what} ${key}\r\n`;
    }
    await this.peers[client]!.send(text);
  }

  /** Reads and judges all that is owed to a client. */
  async read(client: number): Promise<void> {
    const peer = this.peers[client]!;
    for (const asked of this.pending[client]!.splice(0)) {
      if (asked.isWrite) assert.match(await peer.readLine(), /^(STORED|DELETED|NOT_FOUND)$/);
      else this.#judge(asked, (await peer.readUntil("END\r\n")).toString("latin1"));
      asked.done = this.#time++;
    }
  }

  #judge(read: Asked, reply: string): void {
    for (const [, key, number] of reply.matchAll(/^VALUE (\S+) .*\r\n(\d+)\r$/gm)) {
      if (key !== read.key) continue;
      const writes = this.writes.filter((write) => write.key === key);
      const seen = writes.find((write) => write.number === Number(number))!;
      const newer = writes.find((write) => precedes(seen, write) && precedes(write, read));
      assert.equal(newer, undefined, `${key} is ${number}, though ${newer?.number} came later and was done`);
    }
  }
}

t.test("never a value that a later write had replaced before one asked", async (t) => {
  const node = await startMemcacheNode();
  t.teardown(() => node.close());
  const plane = await startPlane(t, [node.address], {
    clock: new FakeClock(),
    pool: {
      coalesce: true,
      // Room for about two of the three keys; time stands still, so nothing but writes makes values go.
      near_cache: { size: 320, ttl: 1_000_000, max_value: 100 },
      connections: 2,
    },
  });

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const connecting = Array.from({ length: clients }, () => WireClient.connect(plane.address));
      const play = new Play(await Promise.all(connecting));
      try {
        for (const key of keys) await play.send(0, [{ key, do: "set" }]);
        await play.read(0);
        for (const { client, requests, read } of steps) {
          await play.send(client, requests);
          if (read) await play.read(client);
        }
        for (let i = 0; i < clients; i++) await play.read(i);
        await expectOneTruth(play.peers);
      } finally {
        for (const peer of play.peers) peer.close();
      }
    }),
    { numRuns: 150 },
  );
});

/** All is at rest: everybody sees what the server has. */
async function expectOneTruth(peers: readonly WireClient[]): Promise<void> {
  for (const key of keys) {
    const seen: string[] = [];
    for (const peer of peers) {
      await peer.send(`get ${key}\r\ngets ${key}\r\n`);
      for (let i = 0; i < 2; i++) {
        const reply = (await peer.readUntil("END\r\n")).toString("latin1");
        seen.push(reply.replace(/^(VALUE \S+ \d+ \d+) \d+\r/, "$1\r"));
      }
    }
    assert.equal(new Set(seen).size, 1, seen.join(""));
  }
}
