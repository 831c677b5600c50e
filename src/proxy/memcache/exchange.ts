import { ByteQueue } from "../../core/byte-queue.ts";
import { endsWithNoop, replyForm, replyFormOf } from "../../memcache/reply-form.ts";
import type { RequestParser } from "../../memcache/request-parser.ts";
import { histogramLength, record } from "../../observe/histogram.ts";
import { command, isShed, isUnsent, type UpstreamError, upstreamError } from "../../observe/metric-labels.ts";
import { LISTENER, POOL } from "../../observe/metric-layout.ts";
import { Call } from "../../upstream/memcache/call.ts";
import type { Failure } from "../../upstream/memcache/failure.ts";
import type { Pool } from "../../upstream/memcache/pool.ts";
import { noop } from "./noop.ts";
import { type Question, Reread } from "./reread.ts";
import type { Session } from "./session.ts";
import { wireError } from "./wire-error.ts";

/** A reply up to this size is passed on whole or not at all; a larger one is streamed. */
const heldWhole = 64 * 1024;

/** A reply up to this size always has room: `limits.requests` bounds how many there are. */
const alwaysFits = 1024;

/** What follows a flag `W` of mg: the client has won the right to recache, which nobody gets twice. */
const won = Buffer.from(" W");

/**
 * One request of a client, from parsing to the last byte of its answer, and its place in the client's order of
 * answers. A request that goes to one server is itself the call to it; the reply's bytes go straight to the client
 * if it is the client's turn, and are held if not.
 */
export class Exchange extends Call {
  session!: Session;
  pool: Pool | null = null;
  /** The next request of the same client. */
  next: Exchange | null = null;
  /** The answer is complete, in `held`. */
  finished = false;
  /** Nothing of the answer is for the client (noreply). */
  silent = false;
  /** Keys asked for, for the count of misses. */
  keys = 0;
  /** There was no room for the answer, and it is dropped. */
  overflowed = false;
  /** Asks for it once more when it is the client's turn; null: an error is said in its place. */
  private again: Reread | null = null;
  /** The dropped answer is over. */
  private due = false;
  /** Requests of the session that change something, up to this one. */
  private changes = 0;
  /** Of a reply that comes in pieces, bytes for which there is room, and that have not come. */
  private reserved = 0;
  /** It has failed before a server could see it: it has no latency. */
  unsent = false;
  /** What has come of an answer whose turn it is not yet, or that is not whole. */
  readonly held = new ByteQueue();

  /** Takes its place in the session's order of answers, as a request for `pool`. */
  begin(session: Session, request: RequestParser, pool: Pool): void {
    this.session = session;
    this.pool = pool;
    this.command = request.command;
    this.form = replyFormOf(request.command, request.quiet);
    this.start = session.turn.now;
    this.silent = request.noreply;
    this.incoming = 0;
    this.unsent = false;
    if (countsHits(request.command)) this.keys = request.keyCount;
    else {
      this.keys = 0;
      session.changes++;
    }
    this.changes = session.changes;
    session.enqueue(this);
    session.host.admission.requests++;
    pool.block[POOL.requests + request.command]! += 1;
    pool.block[POOL.requestsInFlight]! += 1;
  }

  onReply(bytes: Buffer, start: number, end: number, whole: boolean): void {
    const { session, held } = this;
    if (session.closed) {
      if (whole) this.settle();
      return;
    }
    if (!this.silent && !this.overflowed) this.take(bytes, start, end, whole);
    if (!whole) return;
    if (this.failed && this.serverFailed) this.countError(this.pool!, "server_error");
    if (this.overflowed) {
      this.rereadOrRefuse();
      return;
    }
    this.settle();
    if (session.first === this) {
      if (held.length > 0) this.release();
      session.advance();
    } else this.finished = true;
  }

  onFailure(failure: Failure): void {
    this.countError(this.pool!, failure.kind);
    this.unsent = isUnsent(failure.kind);
    if (this.streaming) this.session.abort(`answer cut off: ${failure.server}: ${failure.reason}`, null);
    this.answer(wireError(failure));
  }

  /** What was asked for once more has failed with a part of the answer at the client, who must not take it for the whole. */
  cutOff(failure: Failure): void {
    this.countError(this.pool!, failure.kind);
    this.session.abort(`answer cut off: ${failure.server}: ${failure.reason}`, null);
  }

  /** Ends the exchange with an answer of podmate's own. */
  answer(text: string): void {
    const { session } = this;
    session.unhold(this.held.length + this.reserved);
    this.reserved = 0;
    this.held.clear();
    let said = text;
    if (text.length > alwaysFits) {
      session.expect(text.length);
      if (!session.canHold(text.length)) said = this.refuseOverflow();
    }
    if (this.pool !== null) this.settle();
    this.forgetReread();
    if (session.closed) return;
    if (!this.silent) {
      this.held.appendLatin1(said);
      session.hold(said.length);
    }
    this.finished = true;
    if (session.first === this) session.advance();
  }

  /** Hands what is held to the client, whose turn it is now. */
  release(): void {
    this.session.unhold(this.held.length);
    this.session.sendQueue(this.held);
  }

  /** Its turn has come while the reply is still on its way. */
  promote(): void {
    if (this.due) this.again!.proceed();
    else this.streamIfLarge(0);
  }

  /** It is this one's turn, and the client has taken something. */
  clientTook(): void {
    if (this.due) this.again!.proceed();
  }

  /** The client is gone. */
  leave(): void {
    this.held.clear();
    this.again?.leave();
    if (this.due) this.settle();
  }

  /**
   * Drops the answer, of which nothing is with the client yet. It is asked for once more, unless that may have another
   * answer by now: the client has asked for a change behind it.
   */
  overflow(questions: readonly Question[] | null): void {
    const { session } = this;
    this.overflowed = true;
    session.unhold(this.held.length);
    this.held.clear();
    if (questions === null || this.changes !== session.changes) return;
    this.again = new Reread(this, questions);
    session.rereads++;
  }

  /** The dropped answer is over. */
  protected rereadOrRefuse(): void {
    if (this.again === null) {
      this.answer(this.refuseOverflow());
      return;
    }
    this.due = true;
    if (this.session.first === this) this.again.proceed();
  }

  /** The answer is with the client at last. */
  reread(): void {
    this.settle();
    this.forgetReread();
    this.session.advance();
  }

  private forgetReread(): void {
    if (this.again !== null) this.session.rereads--;
    this.again = null;
    this.due = this.overflowed = false;
  }

  /** Counts that there is no good answer from `pool`, and why. An error says nothing about its keys. */
  protected countError(pool: Pool, kind: UpstreamError): void {
    this.keys = 0;
    pool.block[POOL.errors + upstreamError[kind]]! += 1;
    if (isShed(kind)) this.session.host.block[LISTENER.shedRequests]! += 1;
  }

  /** Counts an answer that was dropped; returns what is said in its place. */
  protected refuseOverflow(): string {
    this.overflowed = false;
    this.countError(this.pool!, "busy");
    return "SERVER_ERROR busy the answer is larger than limits.bytes allows for one client\r\n";
  }

  private take(bytes: Buffer, start: number, end: number, whole: boolean): void {
    const { session } = this;
    const size = end - start;
    const total = whole ? size : size + this.incoming;
    session.unhold(this.reserved);
    this.reserved = 0;
    if (total > alwaysFits || session.expected > 0) {
      if (this.held.length === 0 && !this.streaming) session.expect(total);
      if (total > alwaysFits && !this.streaming && !session.canHold(total)) {
        this.overflow(this.questionOf(bytes, start, end));
        return;
      }
    }
    if (!whole) {
      this.reserved = this.incoming;
      session.hold(this.reserved);
      this.streamIfLarge(size);
    }
    if (session.first === this && (whole || this.streaming)) this.pass(bytes, start, end);
    else this.hold(bytes, start, end, whole);
  }

  /** How a server is asked once more for the reply that begins in bytes[start, end); null where that cannot be. */
  private questionOf(bytes: Buffer, start: number, end: number): readonly Question[] | null {
    const { carrier } = this;
    if (carrier === null || this.held.length > 0 || !countsHits(this.command)) return null;
    const lineEnd = bytes.indexOf(10, start);
    if (lineEnd < 0 || lineEnd >= end) return null;
    const isMeta = this.command === command.mg;
    if (isMeta && bytes.subarray(start, lineEnd).includes(won)) return null;
    const words = carrier.wordsOf(this);
    // gat has moved the expiry already.
    const name = isMeta ? "mg" : this.form === replyForm.valuesCas ? "gets" : "get";
    const text = `${name} ${words}\r\n${endsWithNoop(this.form) ? noop : ""}`;
    return [{ server: carrier.server, words, text }];
  }

  protected hold(bytes: Buffer, start: number, end: number, whole: boolean): void {
    // Cut off while this answer was being written: what is kept now would be sent with the record's next request.
    if (this.session.closed) return;
    // The server's word for the length is worth so much room, not more.
    if (!whole) this.held.reserve(Math.min(heldWhole, this.held.length + end - start + this.incoming));
    this.held.append(bytes, start, end);
    this.session.hold(end - start);
  }

  private pass(bytes: Buffer, start: number, end: number): void {
    if (this.held.length > 0) this.release();
    this.session.send(bytes, start, end);
  }

  /** Passes the reply on from here as it comes, if it is this one's turn and too much to be held. */
  private streamIfLarge(more: number): void {
    if (this.streaming || this.overflowed || this.session.first !== this) return;
    if (this.held.length + more <= heldWhole) return;
    this.streaming = true;
    if (this.held.length > 0) this.release();
  }

  /** Called when it has left the order of answers; it must not be used by the session any more. */
  recycle(): void {}

  /** Counts the answer. */
  protected settle(): void {
    const { block } = this.pool!;
    if (!this.unsent) {
      const micros = (this.session.turn.now - this.start) * 1000;
      record(block, POOL.requestDuration + this.command * histogramLength, micros);
    }
    block[POOL.requestsInFlight]! -= 1;
    this.session.host.admission.requests--;
    if (this.keys > 0) {
      block[POOL.hits]! += this.values;
      if (!this.failed) block[POOL.misses]! += this.keys - this.values;
    }
  }
}

/** Whether hits and misses are counted for a command: those that ask for values. */
function countsHits(index: number): boolean {
  return index <= command.gats || index === command.mg;
}
