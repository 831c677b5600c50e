import type { Test } from "tap";
import { get, ok } from "./http-messages.ts";
import { type HttpPlaneOptions, setUpHttp } from "./http-plane.ts";
import { type Bytes, toBuffer } from "./inbox.ts";
import type { ScriptedConnection, ScriptedServer } from "./scripted-server.ts";
import { turns } from "./until.ts";
import type { WireClient } from "./wire-client.ts";

/** What somebody does in a conversation. */
export type HttpStep =
  | { readonly client: Bytes }
  | { readonly clientGets: Bytes }
  /** The client closes its side. */
  | { readonly clientEnds: true }
  /** It hears that the other side is closed. */
  | { readonly clientHearsEnd: true }
  | { readonly serverHearsEnd: true }
  | { readonly server: Bytes }
  | { readonly serverSees: Bytes }
  | { readonly serverEnds: true }
  /** The server has not seen a byte that no step named, nor has the client. */
  | { readonly silence: true };

/**
 * One conversation through an HTTP listener with one server. The plain form is one exchange, in which the client sends,
 * the server sees and answers, and the client gets:
 *
 *     { name: "a GET", client: get("/a"), sees: get("/a"), answers: ok("x"), gets: ok("x") }
 *
 * `steps` tells anything else. Without `sees` the server must see nothing at all; with `sees: part`, anything but a
 * whole request.
 */
export interface HttpWireCase {
  /** What is shown. */
  readonly name: string;
  readonly client?: Bytes;
  readonly sees?: Bytes | typeof part;
  readonly answers?: Bytes;
  readonly gets?: Bytes;
  readonly steps?: readonly HttpStep[];
  /** The server closes its side after its answer. */
  readonly serverEnds?: boolean;
  /** Whether the client's connection must be closed then; otherwise it must be in step. */
  readonly closes?: boolean;
  /** Whether the server's must be; otherwise it must serve the next request. */
  readonly closesServer?: boolean;
  readonly options?: HttpPlaneOptions;
}

/** What a server sees of a request that turns out bad when it has begun to arrive. */
export const part = Symbol("part");

/** How bytes are cut: into two at each of these places, or into single ones. */
type Cut = "whole" | "single" | number;

/** Most places at which a case is cut in two; longer ones leave some out. */
const mostCuts = 32;

/** Runs each case with the bytes of both sides whole, one by one, and cut in two at every place. */
export async function runHttpCases(
  t: Test,
  cases: readonly HttpWireCase[],
  options: HttpPlaneOptions = {},
): Promise<void> {
  for (const wireCase of cases) {
    const all = { ...options, ...wireCase.options };
    await t.test(wireCase.name, async (t) => {
      const longest = Math.max(...stepsOf(wireCase).map((step) => sentIn(step).length));
      const stride = Math.max(1, Math.ceil(longest / mostCuts));
      const cuts: Cut[] = ["whole", "single"];
      for (let at = 1; at < longest; at += stride) cuts.push(at);
      const halfOpen = stepsOf(wireCase).some((step) => "clientHearsEnd" in step);
      const set = await setUpHttp(t, all);
      const upstream = new Upstream(set.peer);
      for (const cut of cuts) {
        try {
          await new Conversation(upstream, cut).run(wireCase, await set.connect(halfOpen));
        } catch (error) {
          (error as Error).message = `cut ${cut}: ${(error as Error).message}`;
          throw error;
        }
      }
      t.pass(`${cuts.length} ways to cut it`);
    });
  }
}

function stepsOf(wireCase: HttpWireCase): readonly HttpStep[] {
  if (wireCase.steps !== undefined) return wireCase.steps;
  const { client, sees, answers, gets, serverEnds } = wireCase;
  const steps: HttpStep[] = [];
  if (client !== undefined) steps.push({ client });
  if (sees !== undefined && sees !== part) steps.push({ serverSees: sees });
  if (answers !== undefined) steps.push({ server: answers });
  if (serverEnds === true) steps.push({ serverEnds });
  if (gets !== undefined) steps.push({ clientGets: gets });
  return steps;
}

function sentIn(step: HttpStep): Buffer {
  if ("client" in step) return toBuffer(step.client);
  return "server" in step ? toBuffer(step.server) : Buffer.alloc(0);
}

/** The connection that the proxy uses: the one that it has kept, or the next one that it opens. */
class Upstream {
  readonly peer: ScriptedServer;
  #kept: ScriptedConnection | null = null;

  constructor(peer: ScriptedServer) {
    this.peer = peer;
  }

  async connection(): Promise<ScriptedConnection> {
    this.#kept ??= await this.peer.nextConnection();
    return this.#kept;
  }

  async expectClose(): Promise<void> {
    const connection = await this.connection();
    await connection.expectClose();
    this.#kept = null;
  }
}

/** One client's run through a case. */
class Conversation {
  readonly #upstream: Upstream;
  readonly #cut: Cut;
  readonly #bytesBefore: number;
  readonly #requestsBefore: number;

  constructor(upstream: Upstream, cut: Cut) {
    this.#upstream = upstream;
    this.#cut = cut;
    this.#bytesBefore = upstream.peer.received;
    this.#requestsBefore = upstream.peer.requests.length;
  }

  async run(wireCase: HttpWireCase, client: WireClient): Promise<void> {
    // Until the proxy has accepted the client, pieces pile up in the kernel.
    await turns(3);
    let seen = 0;
    for (const step of stepsOf(wireCase)) {
      await this.#take(step, client);
      if ("serverSees" in step) seen += toBuffer(step.serverSees).length;
    }
    if (wireCase.closes === true) await client.expectClose();
    if (wireCase.closesServer === true) await this.#upstream.expectClose();
    this.#expectSeen(wireCase.sees === part ? null : seen);
    if (wireCase.closes !== true) await this.#expectInStep(client);
    client.close();
  }

  /** The server has seen so many bytes, or (null) no whole request. */
  #expectSeen(bytes: number | null): void {
    const { received, requests } = this.#upstream.peer;
    const [came] = requests.slice(this.#requestsBefore);
    if (bytes === null && came !== undefined) throw new Error(`the server saw ${JSON.stringify(came)}`);
    const all = received - this.#bytesBefore;
    if (bytes !== null && all !== bytes) throw new Error(`the server saw ${all} bytes instead of ${bytes}`);
  }

  async #take(step: HttpStep, client: WireClient): Promise<void> {
    if ("client" in step) await this.#send(client, step.client);
    else if ("clientGets" in step) await client.expect(step.clientGets);
    else if ("clientEnds" in step) client.halfClose();
    else if ("clientHearsEnd" in step) await client.expectClose();
    else if ("serverHearsEnd" in step) await (await this.#upstream.connection()).expectClose();
    else if ("serverSees" in step) await (await this.#upstream.connection()).expect(step.serverSees);
    else if ("server" in step) await this.#send(await this.#upstream.connection(), step.server);
    else if ("serverEnds" in step) (await this.#upstream.connection()).halfClose();
    else {
      await turns(5);
      if (client.received.length > 0) throw new Error(`the client got ${client.received.toString("latin1")}`);
    }
  }

  async #send(to: WireClient | ScriptedConnection, bytes: Bytes): Promise<void> {
    const whole = toBuffer(bytes);
    if (this.#cut === "whole") await to.send(whole);
    else if (this.#cut === "single") await to.sendSplit(whole);
    else {
      await to.sendSplit(whole.subarray(0, this.#cut), this.#cut);
      if (this.#cut < whole.length) await to.send(whole.subarray(this.#cut));
    }
  }

  /** The next request on the client's connection gets its own answer. */
  async #expectInStep(client: WireClient): Promise<void> {
    await client.send(get("/in-step"));
    const server = await this.#upstream.connection();
    const seen = await server.readUntil("\r\n\r\n");
    if (!seen.toString("latin1").startsWith("GET /in-step HTTP/1.1\r\n")) {
      throw new Error(`the server saw ${JSON.stringify(seen.toString("latin1"))} next`);
    }
    await server.send(ok("in step"));
    await client.expect("HTTP/1.1 200 OK\r\nContent-Length: 7");
    await client.readUntil("\r\n\r\nin step");
  }
}
