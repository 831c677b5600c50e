import type { Test } from "tap";
import type { Address } from "../../src/core/address.ts";
import type { Bytes } from "./inbox.ts";
import { type ScriptedConnection, ScriptedServer } from "./scripted-server.ts";
import { WireClient } from "./wire-client.ts";

/** What one server must see, and what it answers to that; without `answers` it stays silent. */
export interface Exchange {
  readonly sees: Bytes;
  readonly answers?: Bytes;
}

/**
 * One conversation through a proxy. The servers of a case are numbered as they were given to the proxy; one that is
 * not named must see nothing.
 *
 *     { name: "a get of one key",
 *       client: "get a\r\n",
 *       servers: { 0: [{ sees: "get a\r\n", answers: "VALUE a 0 1\r\nx\r\nEND\r\n" }] },
 *       gets: "VALUE a 0 1\r\nx\r\nEND\r\n" }
 */
export interface WireCase {
  /** The question that the case answers. */
  readonly name: string;
  /** What the client sends. */
  readonly client: Bytes;
  /** What each server sees and answers, in order; the exchanges of different servers go on side by side. */
  readonly servers?: Readonly<Record<number, readonly Exchange[]>>;
  /** What the client must get, exactly. */
  readonly gets: Bytes;
  /** Whether the connection must be closed then; otherwise it must be in step. */
  readonly closes?: boolean;
}

/** The proxy under test, over the servers given. */
export type StartProxy = (servers: readonly Address[]) => Promise<ProxyUnderTest>;

export interface ProxyUnderTest {
  readonly address: Address;
  close(): Promise<void>;
}

export interface WireCaseOptions {
  readonly startProxy: StartProxy;
  /** Servers behind the proxy; default 2. */
  readonly servers?: number;
  /** A request whose answer the proxy gives by itself, to see that the stream is in step; default `mn`. */
  readonly inStep?: { readonly request: Bytes; readonly answer: Bytes };
}

type Split = "whole" | "byte by byte";

/** Runs each case twice: with all bytes at once, and with every byte, of client and servers, in its own segment. */
export async function runWireCases(
  t: Test,
  cases: readonly WireCase[],
  options: WireCaseOptions,
): Promise<void> {
  for (const wireCase of cases) {
    for (const split of ["whole", "byte by byte"] as const) {
      await t.test(`${wireCase.name} (${split})`, (t) => runWireCase(t, wireCase, options, split));
    }
  }
}

async function runWireCase(
  t: Test,
  wireCase: WireCase,
  options: WireCaseOptions,
  split: Split,
): Promise<void> {
  const { startProxy, servers: count = 2, inStep = { request: "mn\r\n", answer: "MN\r\n" } } = options;
  const servers = await Promise.all(Array.from({ length: count }, () => ScriptedServer.start(t)));
  const proxy = await startProxy(servers.map((server) => server.address));
  t.teardown(() => proxy.close());
  const client = await WireClient.connect(proxy.address);
  t.teardown(() => client.close());
  // Bytes sent one by one arrive so only once the proxy reads.
  await client.expectInStep(inStep.request, inStep.answer);

  const plays = servers.map((server, i) => play(server, wireCase.servers?.[i] ?? [], split));
  const talk = async (): Promise<void> => {
    await (split === "whole" ? client.send(wireCase.client) : client.sendSplit(wireCase.client));
    await client.expect(wireCase.gets);
  };
  // The first to fail tells why: a server that sees the wrong thing does so before the client misses its answer.
  await Promise.all([...plays, talk()]);

  if (wireCase.closes === true) await client.expectClose();
  else await client.expectInStep(inStep.request, inStep.answer);
  for (const [i, server] of servers.entries()) expectNothingMore(server, wireCase.servers?.[i] ?? [], i);
}

async function play(server: ScriptedServer, exchanges: readonly Exchange[], split: Split): Promise<void> {
  let connection: ScriptedConnection | undefined;
  for (const { sees, answers } of exchanges) {
    connection ??= await server.nextConnection();
    await connection.expect(sees);
    if (answers === undefined) continue;
    await (split === "whole" ? connection.send(answers) : connection.sendSplit(answers));
  }
}

function expectNothingMore(server: ScriptedServer, exchanges: readonly Exchange[], index: number): void {
  const expected = exchanges.map(({ sees }) => toLatin1(sees)).join("");
  const seen = server.requests.join("");
  if (seen !== expected) {
    throw new Error(`server ${index} saw ${JSON.stringify(seen)}, expected ${JSON.stringify(expected)}`);
  }
}

function toLatin1(bytes: Bytes): string {
  return typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("latin1");
}
