/** Through near cache and coalescing, does a client ever see a value older than one whose write it knows to be done? */
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { startMemcacheNode } from "../../../src/embedded/memcache-node.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { startPlane } from "../../support/plane.ts";
import { WireClient } from "../../support/wire-client.ts";

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

interface Asked {
  readonly key: string;
  readonly do: string;
  /** Number of the write, or for a read the least that may be seen. */
  readonly number: number;
}

t.test("never older than the last write that was answered to anybody, nor than one's own", async (t) => {
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
  const peers = await Promise.all(Array.from({ length: clients }, () => WireClient.connect(plane.address)));
  t.teardown(() => {
    for (const peer of peers) peer.close();
  });

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      let number = 0;
      /** Per key, the newest write that somebody has been told is done. */
      const done = new Map<string, number>();
      const pending: Asked[][] = peers.map(() => []);
      /** Per client and key, its newest write that it has sent. */
      const own = peers.map(() => new Map<string, number>());
      for (const key of keys) await peers[0]!.exchange(`set ${key} 0 0 1\r\n0\r\n`, "STORED\r\n");

      const read = async (index: number): Promise<void> => {
        const peer = peers[index]!;
        for (const asked of pending[index]!.splice(0)) {
          if (asked.do === "set" || asked.do === "delete") {
            assert.match(await peer.readLine(), /^(STORED|DELETED|NOT_FOUND)$/);
            done.set(asked.key, Math.max(done.get(asked.key) ?? 0, asked.number));
            continue;
          }
          const reply = (await peer.readUntil("END\r\n")).toString("latin1");
          const values = [...reply.matchAll(/^VALUE (\S+) .*\r\n(\d+)\r$/gm)];
          for (const [, key, seen] of values) {
            if (key !== asked.key) continue;
            assert.ok(Number(seen) >= asked.number, `${key} is ${seen}, though ${asked.number} was written`);
          }
        }
      };

      for (const { client, requests, read: now } of steps) {
        let text = "";
        for (const { key, do: what } of requests) {
          const isWrite = what === "set" || what === "delete";
          if (isWrite) own[client]!.set(key, ++number);
          const least = Math.max(done.get(key) ?? 0, own[client]!.get(key) ?? 0);
          pending[client]!.push({ key, do: what, number: isWrite ? number : least });
          if (what === "set") text += `set ${key} 0 0 ${`${number}`.length}\r\n${number}\r\n`;
          else if (what === "many") text += `get other ${key} ${key}\r\n`;
          else text += `${what} ${key}\r\n`;
        }
        await peers[client]!.send(text);
        if (now) await read(client);
      }
      for (let i = 0; i < clients; i++) await read(i);
      // All is at rest: everybody sees the same.
      for (const key of keys) {
        const seen: string[] = [];
        for (const peer of peers) {
          await peer.send(`get ${key}\r\ngets ${key}\r\n`);
          const near = (await peer.readUntil("END\r\n")).toString("latin1");
          const there = (await peer.readUntil("END\r\n")).toString("latin1");
          seen.push(near, there.replace(/(VALUE \S+ \d+ \d+) \d+/, "$1"));
        }
        assert.equal(new Set(seen).size, 1, seen.join(""));
      }
    }),
    { numRuns: 150 },
  );
});
