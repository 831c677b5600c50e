import { ByteQueue } from "../../core/byte-queue.ts";
import { isUnsent, upstreamError } from "../../observe/metric-labels.ts";
import { POOL } from "../../observe/metric-layout.ts";
import { Call } from "../../upstream/memcache/call.ts";
import type { Failure } from "../../upstream/memcache/failure.ts";
import type { Pool } from "../../upstream/memcache/pool.ts";
import { Exchange } from "./exchange.ts";

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
      else split.overflow();
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
    // From here on the answer that is made of them counts instead.
    for (let i = 0; i < parts.length; i++) session.unhold(parts[i]!.reply.length);
    if (!session.closed && !this.silent) {
      if (this.overflowed) this.emitText(this.refuseOverflow());
      else this.merge();
    }
    for (let i = 0; i < parts.length; i++) parts[i]!.reply.clear();
    this.settle();
    if (session.closed) {
      this.recycle();
      return;
    }
    this.finished = true;
    if (session.first === this) session.advance();
  }

  override overflow(): void {
    super.overflow();
    for (let i = 0; i < this.parts.length; i++) this.parts[i]!.drop();
  }

  /** Makes the record, and those of its parts, ready for another request. */
  protected reuse(): void {
    this.finished = this.silent = this.overflowed = false;
    this.next = null;
    for (let part = this.parts.pop(); part !== undefined; part = this.parts.pop()) {
      part.values = 0;
      part.failed = false;
      part.failure = null;
      this.spareParts.push(part);
    }
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
