import type { RequestParser } from "../../../memcache/request-parser.ts";
import { serverLineHead } from "../../../memcache/server-line.ts";
import { isUnsent, type Shed, type UpstreamError } from "../../../observe/metric-labels.ts";
import { POOL } from "../../../observe/metric-layout.ts";
import { Exchange } from "../exchange.ts";
import type { Question, Waiter } from "./lookup.ts";
import type { PoolPolicy } from "./pool-policy.ts";
import { endLine } from "./value-block.ts";

interface Refusal {
  readonly slot: number;
  readonly answer: string;
  readonly kind: UpstreamError | null;
}

/** Keys looked up at once: a get of very many must not take all the room that a server has for requests. */
const lookupsAtOnce = 1024;
/** What a key costs besides its bytes while it is in flight, about. */
const bytesPerKey = 48;

/**
 * A get of many keys where a pool has policies: each key is looked up by itself, and the values are put together in
 * the order in which the client asked, duplicates included.
 */
export class GetMany extends Exchange implements Waiter {
  private question: Question = { command: 0, head: "" };
  /** The keys as they were asked for, as latin1, and where in there each begins and ends. */
  private line = "";
  private bounds = new Int32Array(0);
  /** Per key, the policies of its pool. */
  private policies: readonly PoolPolicy[] = [];
  private readonly blocks: string[] = [];
  private readonly refusals: Refusal[] = [];
  /** Keys whose lookup has begun, and those that have their answer. */
  private begun = 0;
  private ended = 0;
  private beginning = false;
  private kept = 0;
  private crowdedOut: Shed | null = null;

  /** `policies`: that of each key. */
  send(request: RequestParser, bytes: Buffer, policies: readonly PoolPolicy[]): void {
    const { session } = this;
    const { words, firstKey, keyCount } = request;
    const lineStart = words[2 * firstKey]!;
    this.question = { command: request.command, head: serverLineHead(request, bytes) };
    this.line = bytes.toString("latin1", lineStart, request.argsEnd);
    this.bounds = words.slice(2 * firstKey, 2 * (firstKey + keyCount)).map((place) => place - lineStart);
    this.policies = policies;
    // Hits and misses are counted for the pool of each key.
    this.keys = 0;
    for (let i = 0; i < keyCount; i++) {
      const word = 2 * (firstKey + i);
      policies[i]!.pool.hotKeys?.observe(bytes, words[word]!, words[word + 1]!);
    }
    session.requestBytes += this.size;
    this.crowdedOut = session.crowdedOut();
    this.beginLookups();
    this.finishIfDone();
  }

  found(slot: number, block: string): void {
    this.policies[slot]!.pool.block[block === "" ? POOL.misses : POOL.hits]! += 1;
    this.blocks[slot] = block;
    this.kept += block.length;
    this.session.hold(block.length);
    this.keyDone();
  }

  refused(slot: number, answer: string, kind: UpstreamError | null): void {
    this.blocks[slot] = "";
    this.refusals.push({ slot, answer, kind });
    this.keyDone();
  }

  protected override settle(): void {
    this.session.requestBytes -= this.size;
    super.settle();
  }

  private get size(): number {
    return this.line.length + bytesPerKey * this.policies.length;
  }

  /** Begins as many lookups as may be under way; those that end at once make room for the next in here. */
  private beginLookups(): void {
    const { line, bounds, policies } = this;
    this.beginning = true;
    while (this.begun < policies.length && this.begun - this.ended < lookupsAtOnce && !this.session.closed) {
      const slot = this.begun++;
      const key = line.slice(bounds[2 * slot]!, bounds[2 * slot + 1]!);
      policies[slot]!.look(this.question, key, this, slot, this.crowdedOut);
    }
    this.beginning = false;
  }

  private keyDone(): void {
    this.ended++;
    if (this.beginning) return;
    this.beginLookups();
    this.finishIfDone();
  }

  private finishIfDone(): void {
    const { blocks, policies, session } = this;
    // For a client that is gone no further key is looked up.
    const last = session.closed ? this.begun : policies.length;
    if (this.ended < last) return;
    session.unhold(this.kept);
    this.answer(session.closed ? "" : (this.refusal() ?? `${blocks.join("")}${endLine}`));
    blocks.length = 0;
  }

  /** The error that the whole is answered with, or null if what was found is to be passed on. */
  private refusal(): string | null {
    const { refusals, policies } = this;
    const lost = refusals[0];
    if (lost === undefined) return null;
    // The client's own mistake is told in any case.
    const mistake = refusals.find(({ answer }) => !answer.startsWith("SERVER_ERROR"));
    if (mistake !== undefined) return mistake.answer;
    const { pool } = policies[lost.slot]!;
    if (lost.kind !== null) this.countError(pool, lost.kind);
    if (refusals.length === policies.length) {
      this.unsent = refusals.every(({ kind }) => kind !== null && isUnsent(kind));
      return lost.answer;
    }
    const strict = refusals.find(({ slot }) => policies[slot]!.pool.options.on_error === "error");
    if (strict !== undefined) return strict.answer;
    pool.block[POOL.partialMultigets]! += 1;
    return null;
  }
}
