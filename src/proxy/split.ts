import { ByteQueue } from "../core/byte-queue.ts";
import { upstreamError } from "../observe/metric-labels.ts";
import { POOL } from "../observe/metric-layout.ts";
import { Call } from "../upstream/call.ts";
import type { Failure } from "../upstream/failure.ts";
import type { Pool } from "../upstream/pool.ts";
import { Exchange } from "./exchange.ts";

/** The share of one server in a request that went to several. Its reply is kept until the others are there. */
export class Part extends Call {
  readonly split: Split;
  readonly pool: Pool;
  readonly reply = new ByteQueue();
  failure: Failure | null = null;
  /** Keys asked of this server. */
  keys = 0;

  constructor(split: Split, pool: Pool) {
    super();
    this.split = split;
    this.pool = pool;
  }

  onReply(bytes: Buffer, start: number, end: number, whole: boolean): void {
    const { session } = this.split;
    if (!session.closed) {
      this.reply.append(bytes, start, end);
      session.hold(end - start);
    }
    if (whole) this.done();
  }

  onFailure(failure: Failure): void {
    this.failure = failure;
    this.split.session.unhold(this.reply.length);
    this.reply.clear();
    this.pool.block[POOL.errors + upstreamError[failure.kind]]! += 1;
    this.done();
  }

  private done(): void {
    if (this.keys > 0) {
      this.pool.block[POOL.hits]! += this.values;
      this.pool.block[POOL.misses]! += this.keys - this.values;
    }
    this.split.partDone();
  }
}

/** A request that goes to several servers and is answered when the last of them has answered or failed. */
export abstract class Split extends Exchange {
  readonly parts: Part[] = [];
  private waiting = 0;

  /** One more server to wait for. */
  addPart(pool: Pool): Part {
    const part = new Part(this, pool);
    part.form = this.form;
    part.command = this.command;
    part.start = this.start;
    this.parts.push(part);
    this.waiting++;
    return part;
  }

  partDone(): void {
    if (--this.waiting > 0) return;
    const { session } = this;
    if (!session.closed && !this.silent) this.merge();
    for (const { reply } of this.parts) {
      session.unhold(reply.length);
      reply.clear();
    }
    this.settle();
    if (session.closed) return;
    this.finished = true;
    if (session.first === this) session.advance();
  }

  /** Writes the answer, made of the parts, with `emit`. */
  protected abstract merge(): void;

  /** Bytes of the answer, in order. */
  protected emit(bytes: Uint8Array, start: number, end: number): void {
    if (this.session.first === this) this.session.send(bytes, start, end);
    else this.hold(bytes as Buffer, start, end);
  }

  protected emitText(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    this.emit(bytes, 0, bytes.length);
  }
}
