import type { RequestParser } from "../../memcache/request-parser.ts";
import { type UpstreamError, upstreamError } from "../../observe/metric-labels.ts";
import { POOL } from "../../observe/metric-layout.ts";
import { Exchange } from "../exchange.ts";
import type { Waiter } from "./lookup.ts";
import type { PoolPolicy } from "./pool-policy.ts";
import { endLine } from "./value-block.ts";

interface Refusal {
  readonly slot: number;
  readonly answer: string;
  readonly kind: UpstreamError | null;
}

/**
 * A get of many keys where a pool has policies: each key is looked up by itself, and the values are put together in
 * the order in which the client asked, duplicates included.
 */
export class GetMany extends Exchange implements Waiter {
  private policies: readonly PoolPolicy[] = [];
  private readonly blocks: string[] = [];
  private readonly refusals: Refusal[] = [];
  private waiting = 0;
  private kept = 0;

  /** `policies`: that of each key. */
  send(request: RequestParser, bytes: Buffer, policies: readonly PoolPolicy[]): void {
    const { session } = this;
    const { words, firstKey, keyCount } = request;
    const question = {
      command: request.command,
      head: bytes.toString("latin1", words[0]!, words[2 * firstKey - 1]!),
    };
    // Hits and misses are counted for the pool of each key.
    this.keys = 0;
    this.policies = policies;
    this.waiting = keyCount;
    const overload = session.overload();
    for (let i = 0; i < keyCount; i++) {
      const start = words[2 * (firstKey + i)]!;
      const end = words[2 * (firstKey + i) + 1]!;
      const { pool } = policies[i]!;
      pool.hotKeys?.observe(bytes, start, end);
      policies[i]!.look(question, bytes.toString("latin1", start, end), this, i, overload);
    }
  }

  found(slot: number, block: string): void {
    this.policies[slot]!.pool.block[block === "" ? POOL.misses : POOL.hits]! += 1;
    this.blocks[slot] = block;
    this.kept += block.length;
    this.session.hold(block.length);
    this.done();
  }

  refused(slot: number, answer: string, kind: UpstreamError | null): void {
    this.policies[slot]!.pool.block[POOL.misses]! += 1;
    this.blocks[slot] = "";
    this.refusals.push({ slot, answer, kind });
    this.done();
  }

  private done(): void {
    if (--this.waiting > 0) return;
    const { blocks } = this;
    this.session.unhold(this.kept);
    this.answer(this.refusal() ?? `${blocks.join("")}${endLine}`);
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
    const { block } = policies[lost.slot]!.pool;
    if (lost.kind !== null) block[POOL.errors + upstreamError[lost.kind]]! += 1;
    if (refusals.length === policies.length) return lost.answer;
    const strict = refusals.find(({ slot }) => policies[slot]!.pool.options.on_error === "error");
    if (strict !== undefined) return strict.answer;
    block[POOL.partialMultigets]! += 1;
    return null;
  }
}
