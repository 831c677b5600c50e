import type { Test } from "tap";
import type { Bytes } from "../../support/inbox.ts";
import { toBuffer } from "../../support/inbox.ts";
import type { WireClient } from "../../support/wire-client.ts";

/** Opens a connection to the endpoint under test; whoever gives it also closes it. */
export type Connect = () => Promise<WireClient>;

/**
 * What one file of memcached's own test suite (1.6) covers, as a conversation with any memcache endpoint: a memcached, or a
 * proxy over several. The endpoint must be empty at the start. Where a proxy cannot help but differ, the scenario
 * says why and asks for what both can give.
 */
export interface Scenario {
  /** The file of memcached's suite, without `.t`. */
  readonly name: string;
  run(t: Test, connect: Connect): Promise<void>;
}

/** Stores a value and expects it to be taken. */
export async function set(
  client: WireClient,
  key: string,
  value: Bytes,
  flags = 0,
  exptime = 0,
): Promise<void> {
  await client.exchange(storage(`set ${key} ${flags} ${exptime}`, value), "STORED\r\n");
}

/** A storage command from its words up to the exptime. */
export function storage(words: string, value: Bytes, rest = ""): Buffer {
  const bytes = toBuffer(value);
  return Buffer.concat([toBuffer(`${words} ${bytes.length}${rest}\r\n`), bytes, toBuffer("\r\n")]);
}

/** Expects a `get` to give this value. */
export async function expectValue(client: WireClient, key: string, value: Bytes, flags = 0): Promise<void> {
  await client.send(`get ${key}\r\n`);
  await client.expect(`VALUE ${key} ${flags} ${toBuffer(value).length}\r\n`);
  await client.expect(value);
  await client.expect("\r\nEND\r\n");
}

/** Expects a `get` to give nothing. */
export async function expectMiss(client: WireClient, key: string): Promise<void> {
  await client.exchange(`get ${key}\r\n`, "END\r\n");
}

/** The cas id of a key, by `gets`. */
export async function casOf(client: WireClient, key: string): Promise<string> {
  await client.send(`gets ${key}\r\n`);
  const header = await client.readLine();
  await client.readUntil("\r\nEND\r\n");
  const cas = /^VALUE \S+ \d+ \d+ (\d+)$/.exec(header)?.[1];
  if (cas === undefined) throw new Error(`gets ${key}: ${header}`);
  return cas;
}

/** The seconds that a key has left, by `mg`: that a time was taken is seen at once, not by waiting for its end. */
export async function secondsLeft(client: WireClient, key: string): Promise<number> {
  await client.send(`mg ${key} t\r\n`);
  const line = await client.readLine();
  const seconds = /^HD t(-?\d+)$/.exec(line)?.[1];
  if (seconds === undefined) throw new Error(`mg ${key} t: ${line}`);
  return Number(seconds);
}
