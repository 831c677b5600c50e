// Does each client get its own answers, whatever bytes another one sends over the same server connection?
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import t, { type Test } from "tap";
import { hostileBytes, spoiled } from "../../bench/soak/memcache/hostile-lines.ts";
import { Random } from "../../bench/soak/random.ts";
import type { Address } from "../../src/core/address.ts";
import { SERVER } from "../../src/observe/metric-layout.ts";
import { needs } from "../support/needs.ts";
import { type PlaneOptions, startPlane } from "../support/plane.ts";
import { poolOptions, serverOptions } from "../support/pools.ts";
import { RealMemcached } from "../support/real-memcached.ts";
import { startStrictMemcached } from "../support/strict-memcached.ts";
import { WireClient } from "../support/wire-client.ts";

const others = 3;
/** Part of every value of the others. */
const secret = "s3cret-of-others";

/** What fast-check shrinks: numbers, each of which makes some bytes. */
const hostile = fc.array(fc.nat(), { minLength: 1, maxLength: 40 });
const bytesOf = (seed: number): Buffer => hostileBytes(new Random(seed), "h:");

/** A client whose every answer is known beforehand. */
class Honest {
  readonly #client: WireClient;
  readonly #name: string;
  #turn = 0;

  constructor(client: WireClient, number: number) {
    this.#client = client;
    this.#name = `o:${number}`;
  }

  async turn(): Promise<void> {
    const turn = ++this.#turn;
    const key = `${this.#name}:${turn % 7}`;
    const value = `${secret} ${this.#name} ${turn}`;
    const block = `VALUE ${key} ${turn} ${value.length}\r\n${value}\r\n`;
    await this.#client.exchange(
      `set ${key} ${turn} 0 ${value.length}\r\n${value}\r\nget ${key}\r\nget ${key} o:none ${key}\r\n` +
        `mg ${key} v k O${turn}\r\nmg ${key}: v q\r\nset ${this.#name} 0 0 1\r\n1\r\nincr ${this.#name} ${turn}\r\ndelete ${key}\r\nget ${key}\r\n`,
      `STORED\r\n${block}END\r\n${block}${block}END\r\nVA ${value.length} k${key} O${turn}\r\n${value}\r\n` +
        `STORED\r\n${turn + 1}\r\nDELETED\r\nEND\r\n`,
    );
  }
}

/** Sends the bytes on a connection that podmate may close, in pieces, and gives what came back. */
async function attack(address: Address, pieces: readonly Buffer[]): Promise<Buffer> {
  const client = await WireClient.connect(address);
  for (const piece of pieces) {
    if (client.ended !== null) break;
    await client.send(piece);
    await setImmediate();
  }
  client.halfClose();
  await client.waitForEnd();
  client.close();
  return client.received;
}

async function play(
  t: Test,
  server: Address,
  { numRuns, ...options }: PlaneOptions & { readonly numRuns: number },
): Promise<void> {
  const plane = await startPlane(t, [server], options);
  const { address } = plane;
  const honest = await Promise.all(
    Array.from({ length: others }, async (_, number) => {
      const client = await WireClient.connect(address);
      t.teardown(() => client.close());
      return new Honest(client, number);
    }),
  );
  const everybody = () => Promise.all(honest.map((each) => each.turn()));
  await everybody();
  await fc.assert(
    fc.asyncProperty(hostile, async (seeds) => {
      const [received] = await Promise.all([attack(address, seeds.map(bytesOf)), everybody()]);
      assert.ok(!received.includes(secret), "it has got what was another's");
      await everybody();
    }),
    { numRuns },
  );
  // The other connection is for values too large for this one.
  t.equal(
    plane.block("server", "pool/s0")[SERVER.connects],
    1,
    "the connection that they share was never lost",
  );
}

for (const coalesce of [false, true]) {
  const through = coalesce ? ", through a pool with policies" : "";
  t.test(`a server that refuses what is not in the grammar, and runs its value${through}`, async (t) => {
    const server = await startStrictMemcached(t);
    await play(t, server.address, { numRuns: 200, pool: { coalesce } });
    t.same(server.strange, [], "there was nothing to refuse");
  });
}

t.test("a server that lies, beside one that does not", async (t) => {
  const random = new Random(1);
  const liar = await startStrictMemcached(t, (answer) => spoiled(random, answer));
  const server = await startStrictMemcached(t);
  const lies = poolOptions("lies", [serverOptions("liar", 0, { address: liar.address })], { timeout: 100 });
  await play(t, server.address, {
    numRuns: 60,
    pools: [lies],
    listener: { routes: [{ prefix: "h:", pool: "lies" }] },
  });
});

if (needs(t, "memcached")) {
  t.test("a real memcached", async (t) => {
    const server = await RealMemcached.start(t);
    await play(t, server.address, { numRuns: 1500 });
  });
}
