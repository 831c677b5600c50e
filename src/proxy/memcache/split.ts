import { ByteQueue } from "../../core/byte-queue.ts";
import { isUnsent, upstreamError } from "../../observe/metric-labels.ts";
import { POOL } from "../../observe/metric-layout.ts";
import { Call } from "../../upstream/memcache/call.ts";
import type { Failure } from "../../upstream/memcache/failure.ts";
import type { Pool } from "../../upstream/memcache/pool.ts";
import { Exchange } from "./exchange.ts";
import type { Question } from "./reread.ts";

/** The share of one server in a request that went to several. Its reply is kept until the others are there. */
export class Part extends Call {
  readonly split: Split;
  pool!: Pool;
  readonly reply = new ByteQueue();
  failure: Failure | null = null;
  /** Keys asked of this server. */
  keys = 0;

  constructor(split: Split) {
    super();
    this.split = split;
  }

  onReply(bytes: Buffer, start: number, end: number, whole: boolean): void {
    const { split } = this;
    if (!split.session.closed && !split.overflowed) {
      if (split.session.canHold(end - start)) this.keep(bytes, start, end);
      else split.overflow(split.questions());
    }
    if (whole) this.done();
  }

  onFailure(failure: Failure): void {
    this.failure = failure;
    this.drop();
    this.pool.block[POOL.errors + upstreamError[failure.kind]]! += 1;
    this.done();
  }

  /** Forgets the reply. */
  drop(): void {
    this.split.session.unhold(this.reply.length);
    this.reply.clear();
  }

  private keep(bytes: Buffer, start: number, end: number): void {
    this.reply.append(bytes, start, end);
    this.split.session.hold(end - start);
  }

  /** It has its answer, or will get none. */
  protected done(): void {
    if (this.failed && this.serverFailed) this.pool.block[POOL.errors + upstreamError.server_error]! += 1;
    if (this.keys > 0) {
      this.pool.block[POOL.hits]! += this.values;
      // Of the keys of a server that has failed nobody knows whether it has them.
      if (this.failure === null && !this.failed) this.pool.block[POOL.misses]! += this.keys - this.values;
    }
    this.split.partDone();
  }
}

/** A request that goes to several servers and is answered when the last of them has answered or failed. */
export abstract class Split<P extends Part = Part> extends Exchange {
  readonly parts: P[] = [];
  private readonly spareParts: P[] = [];
  private waiting = 0;

  /** One more server to wait for. */
  addPart(pool: Pool): P {
    const part = this.spareParts.pop() ?? this.createPart();
    part.pool = pool;
    part.form = this.form;
    part.command = this.command;
    part.start = this.start;
    this.parts.push(part);
    this.waiting++;
    return part;
  }

  partDone(): void {
    if (--this.waiting > 0) return;
    const { session, parts } = this;
    if (this.overflowed && !session.closed) {
      this.rereadOrRefuse();
      return;
    }
    // From here on the answer that is made of them counts instead.
    let total = 0;
    for (let i = 0; i < parts.length; i++) total += parts[i]!.reply.length;
    session.unhold(total);
    session.expect(total);
    if (!session.closed && !this.silent) this.merge();
    for (let i = 0; i < parts.length; i++) parts[i]!.reply.clear();
    this.settle();
    if (session.closed) {
      this.recycle();
      return;
    }
    this.finished = true;
    if (session.first === this) session.advance();
  }

  override overflow(questions: readonly Question[] | null): void {
    super.overflow(questions);
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.drop();
  }

  /** Makes the record, and those of its parts, ready for another request. */
  protected reuse(): void {
    this.finished = this.silent = this.streaming = false;
    this.next = null;
    for (let part = this.parts.pop(); part !== undefined; part = this.parts.pop()) {
      part.values = 0;
      part.failed = false;
      part.failure = null;
      this.spareParts.push(part);
    }
  }

  /** How the servers are asked once more, one after the other; null where that cannot be. */
  questions(): readonly Question[] | null {
    return null;
  }

  protected abstract createPart(): P;

  /** Writes the answer, made of the parts, with `emit`. */
  protected abstract merge(): void;

  /** Hits and misses are counted by the parts. */
  protected override settle(): void {
    this.keys = 0;
    if (this.noneSent()) this.unsent = true;
    super.settle();
  }

  private noneSent(): boolean {
    const { parts } = this;
    for (let i = 0; i < parts.length; i++) {
      const { failure } = parts[i]!;
      if (failure === null || !isUnsent(failure.kind)) return false;
    }
    return parts.length > 0;
  }

  /** Room for an answer of so many bytes. */
  protected reserve(size: number): void {
    if (this.session.first === this) this.session.writer.reserve(size);
    else this.held.reserve(size);
  }

  /** Bytes of the answer, in order. */
  protected emit(bytes: Buffer, start: number, end: number): void {
    if (this.session.first === this) this.session.send(bytes, start, end);
    else this.hold(bytes, start, end, true);
  }

  protected emitText(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    this.emit(bytes, 0, bytes.length);
  }
}
