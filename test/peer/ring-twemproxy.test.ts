// Does every key go where twemproxy sends it, for each of its hashes, distributions, names, weights and tags?
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import t from "tap";
import { type Address, formatAddress } from "../../src/core/address.ts";
import { hashAlgorithms } from "../../src/ring/hash/hash-algorithms.ts";
import { createRing } from "../../src/ring/ring.ts";
import type { RingOptions, RingServer } from "../../src/ring/ring-options.ts";
import { freePort } from "../support/free-port.ts";
import { needs } from "../support/needs.ts";
import { createRandomNumbers, randomKey } from "../support/random-numbers.ts";
import { startTwemproxy } from "../support/real-twemproxy.ts";
import type { Teardown } from "../support/teardown.ts";
import { tempDir } from "../support/temp-dir.ts";

/** Keys asked of the pools that differ in their servers, and of those that differ in their hash. */
const manyKeys = 20_000;
const someKeys = 2_500;

/** What each request is answered with: a value that names the server, of the same size for all. */
const replyLength = "VALUE k 0 2\r\n00\r\nEND\r\n".length;

interface Case {
  readonly title: string;
  readonly options: RingOptions;
  readonly servers: readonly RingServer[];
  /** For each server, the number that its answers carry. */
  readonly identities: readonly number[];
  readonly keys: readonly Uint8Array[];
}

/** A memcached that answers every line with its number. */
async function startNumberedServer(t: Teardown, number: number, where: Address): Promise<Address> {
  const reply = `VALUE k 0 2\r\n${String(number).padStart(2, "0")}\r\nEND\r\n`;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      let lines = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
      socket.write(reply.repeat(lines));
    });
  });
  await listen(server, where);
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const bound = server.address();
  return bound === null || typeof bound === "string" ? where : { host: bound.address, port: bound.port };
}

async function listen(server: Server, where: Address): Promise<void> {
  server.listen(where);
  await once(server, "listening");
}

/** The numbers of the servers that answer for the keys; -1 for an error. */
async function askOwners(address: Address, keys: readonly Uint8Array[]): Promise<number[]> {
  const socket = connect(address);
  const chunks: Buffer[] = [];
  let received = 0;
  const complete = new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => resolve());
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      received += chunk.length;
      if (chunk.includes("ERROR") || received >= keys.length * replyLength) socket.end();
    });
  });
  for (const key of keys) {
    socket.write(Buffer.concat([Buffer.from("get "), key, Buffer.from("\r\n")]));
  }
  await complete;
  const replies = Buffer.concat(chunks).toString("latin1");
  if (replies.includes("ERROR")) return keys.map(() => -1);
  return keys.map((_, i) => Number(replies.slice(i * replyLength + 13, i * replyLength + 15)));
}

function describe({ options, servers }: Case): string {
  const lines = [`hash: ${options.hash}`, `distribution: ${options.distribution}`];
  if (options.tag !== undefined) lines.push(`hash_tag: "${options.tag}"`);
  lines.push("servers:", ...servers.map((server) => `- ${describeServer(server)}`));
  return lines.join("\n");
}

function describeServer({ address, weight, name }: RingServer): string {
  const where = "path" in address ? address.path : `${address.host}:${address.port}`;
  return `${where}:${weight}${name === undefined ? "" : ` ${name}`}`;
}

const next = createRandomNumbers(20_260_101);

function keysOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => randomKey(next, 60));
}

/** Keys with tags, half tags, empty tags and nested tags. */
function taggedKeys(count: number): Uint8Array[] {
  const shapes = ["{a}b", "x{a}b", "{}a{b}", "}a{b", "{{a}}b", "a{b", "a}b", "{a}{b}", "{}ab"];
  return Array.from({ length: count }, () => {
    const shape = shapes[next() % shapes.length]!;
    return Buffer.from(shape.replace("a", `user${next() % 5000}`).replace("b", `:${next() % 100}`));
  });
}

t.test("placement is twemproxy's", async (t) => {
  if (!needs(t, "nutcracker")) return;
  const folder = await tempDir(t);
  const wheres: Address[] = Array.from({ length: 25 }, () => ({ host: "127.0.0.1", port: 0 }));
  // On port 11211 the ring name is the host alone. Addresses of the loopback network that no memcached listens on.
  wheres.push({ host: "127.93.7.1", port: 11211 }, { host: "127.93.7.20", port: 11211 });
  wheres.push({ path: join(folder, "a.sock") });
  const addresses: Address[] = [];
  for (const [number, where] of wheres.entries()) addresses.push(await startNumberedServer(t, number, where));

  const pool = (
    numbers: readonly number[],
    weights: readonly number[] = [],
    names: readonly string[] = [],
  ) => ({
    identities: numbers,
    servers: numbers.map((number, i): RingServer => {
      const server = { address: addresses[number]!, weight: weights[i] ?? 1 };
      return names[i] === undefined ? server : { ...server, name: names[i] };
    }),
  });
  const five = pool([0, 1, 2, 3, 4], [1, 2, 1, 5, 3], ["cache-long-name", "b", "aa", "a", "cache-1"]);
  const cases: Case[] = [];
  const twemproxyHashes = [...hashAlgorithms.keys()].slice(0, 12);
  for (const hash of twemproxyHashes) {
    for (const distribution of ["ketama", "modula"] as const) {
      const title = `${distribution}, ${hash}`;
      cases.push({ title, options: { distribution, hash }, ...five, keys: keysOf(someKeys) });
    }
  }
  const ketama: RingOptions = { distribution: "ketama", hash: "fnv1a_64" };
  const modula: RingOptions = { distribution: "modula", hash: "fnv1a_64" };
  const unnamed = pool([25, 0, 26, 27, 1], [1, 3, 1, 2, 1]);
  const all = Array.from({ length: 25 }, (_, i) => i);
  const allNames = all.map((i) => `server${i}`);
  const steep = pool([0, 1, 2, 3], [1, 1000, 7, 1], ["w", "x", "y", "z"]);
  cases.push(
    { title: "ketama, names from addresses", options: ketama, ...unnamed, keys: keysOf(manyKeys) },
    { title: "modula, names from addresses", options: modula, ...unnamed, keys: keysOf(manyKeys) },
    { title: "ketama, 25 servers", options: ketama, ...pool(all, [], allNames), keys: keysOf(manyKeys) },
    { title: "ketama, steep weights", options: ketama, ...steep, keys: keysOf(manyKeys) },
    { title: "ketama, tag", options: { ...ketama, tag: "{}" }, ...five, keys: taggedKeys(manyKeys) },
    { title: "modula, tag", options: { ...modula, tag: "{}" }, ...five, keys: taggedKeys(someKeys) },
    { title: "ketama, one server", options: ketama, ...pool([7]), keys: keysOf(100) },
  );

  const proxy = await startTwemproxy(t, cases.map(describe));
  for (const [i, { title, options, servers, identities, keys }] of cases.entries()) {
    const ring = createRing(options, servers);
    const owners = await askOwners(proxy.pools[i]!, keys);
    const misplaced = keys.filter((key, k) => identities[ring.locate(key, 0, key.length)] !== owners[k]);
    t.equal(misplaced.length, 0, `${title}: misplaced of ${keys.length} keys`);
  }
});

t.test("the keys of an ejected server go where twemproxy sends them, and so do the others", async (t) => {
  if (!needs(t, "nutcracker")) return;
  const addresses: Address[] = [];
  for (let number = 0; number < 4; number++) {
    addresses.push(await startNumberedServer(t, number, { host: "127.0.0.1", port: 0 }));
  }
  addresses.push({ host: "127.0.0.1", port: await freePort() });
  const weights = [1, 4, 2, 3, 5];
  const servers = addresses.map((address, i) => ({ address, weight: weights[i]!, name: `cache-${i}` }));
  t.comment(`nobody listens on ${formatAddress(addresses[4]!)}`);
  const cases: Case[] = (["ketama", "modula"] as const).map((distribution) => ({
    title: distribution,
    options: { distribution, hash: "murmur" },
    servers,
    identities: [0, 1, 2, 3, 4],
    keys: keysOf(manyKeys),
  }));
  const ejecting = "\nauto_eject_hosts: true\nserver_failure_limit: 1\nserver_retry_timeout: 600000";
  const proxy = await startTwemproxy(
    t,
    cases.map((each) => describe(each) + ejecting),
  );
  for (const [i, { title, options, keys }] of cases.entries()) {
    const whole = createRing(options, servers);
    const ownedByDead = keys.find((key) => whole.locate(key, 0, key.length) === 4)!;
    let attempts = 0;
    while ((await askOwners(proxy.pools[i]!, [ownedByDead]))[0] === -1 && attempts < 20) attempts++;
    t.ok(attempts > 0 && attempts < 20, `${title}: twemproxy met errors, then ejected the server`);

    const live = [true, true, true, true, false];
    const ring = createRing(options, servers, live);
    const owners = await askOwners(proxy.pools[i]!, keys);
    const misplaced = keys.filter((key, k) => ring.locate(key, 0, key.length) !== owners[k]);
    t.equal(misplaced.length, 0, `${title}: misplaced of ${keys.length} keys`);
  }
});
