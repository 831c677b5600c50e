import { Call } from "../../upstream/memcache/call.ts";
import type { Connection } from "../../upstream/memcache/connection.ts";
import type { Failure } from "../../upstream/memcache/failure.ts";
import type { Borrower } from "../../upstream/memcache/lent-connections.ts";
import type { Server } from "../../upstream/memcache/server.ts";
import type { Exchange } from "./exchange.ts";
import type { Session } from "./session.ts";

/** Bytes waiting for the client above which the server is not read. */
const highWater = 256 * 1024;

/** What one server is asked once more. Strings are latin1: a character is a byte. */
export interface Question {
  readonly server: Server;
  /** What the reply is held against (`Connection.push`). */
  readonly words: string;
  /** The whole request. */
  readonly text: string;
}

/**
 * Asks once more for an answer that had no room, when its turn has come, over connections that are lent for it alone: they
 * are not read while the client does not take what it has, and that stops nobody else. So a client may ask for more than
 * `limits.bytes`, and read it as slowly as it likes.
 */
export class Reread extends Call implements Borrower {
  private readonly exchange: Exchange;
  private readonly session: Session;
  private readonly questions: readonly Question[];
  /** The question that is being asked; -1: none yet. */
  private at = -1;
  private state: "resting" | "borrowing" | "reading" | "paused" | "over" = "resting";
  private connection: Connection | null = null;
  private pausedAt = 0;

  /** With several questions their values make one answer, with one END. */
  constructor(exchange: Exchange, questions: readonly Question[]) {
    super();
    this.exchange = exchange;
    this.session = exchange.session;
    this.questions = questions;
    this.form = exchange.form;
    this.command = exchange.command;
  }

  /** Its turn has come, or the client has taken something. */
  proceed(): void {
    const { session, state } = this;
    if (state === "over" || state === "borrowing" || state === "reading") return;
    if (session.writer.isFull(highWater)) return;
    if (state === "resting") this.askNext();
    else {
      const { now } = session.turn;
      this.state = "reading";
      // The time that the client took is not the server's.
      this.exchange.start += now - this.pausedAt;
      this.start = now;
      this.connection!.setReading(true);
    }
  }

  lend(connection: Connection): void {
    const { server, words, text } = this.question;
    this.connection = connection;
    const refusal = server.refusal(connection, this.command);
    if (refusal !== null) {
      this.end();
      server.lent.giveBack(connection);
      this.fail(server.turnAway(refusal));
      return;
    }
    this.state = "reading";
    this.start = this.session.turn.now;
    server.countRequest(this.command);
    connection.pushText(this, words);
    connection.writer.appendLatin1(text);
  }

  refuse(): void {
    this.end();
    this.fail(this.question.server.turnAway("busy"));
  }

  onReply(bytes: Buffer, start: number, end: number, whole: boolean): void {
    const { session } = this;
    const last = this.at === this.questions.length - 1;
    if (this.failed && whole && this.streaming) {
      this.giveBack();
      session.abort("answer cut off: the server has answered with an error in the middle of it", null);
      return;
    }
    const stop = whole && !last && !this.failed ? lineStart(bytes, start, end) : end;
    if (stop > start) {
      this.streaming = true;
      session.send(bytes, start, stop);
    }
    if (session.closed) return;
    if (whole) {
      this.giveBack();
      if (last || this.failed) this.finish();
      else {
        this.state = "resting";
        this.proceed();
      }
    } else if (this.state === "reading" && session.writer.isFull(highWater)) this.pause();
  }

  onFailure(failure: Failure): void {
    const { connection } = this;
    this.end();
    // A late reply may still come on it.
    connection?.lose("shutDown", failure.reason);
    this.fail(failure);
  }

  /** The client is gone: half an answer is worth nothing, and the connection cannot be used again. */
  leave(): void {
    const { state, connection } = this;
    if (state === "over") return;
    this.end();
    if (state === "borrowing") this.question.server.lent.withdraw(this);
    if (connection === null) return;
    // It is not the server that failed.
    this.expired = true;
    connection.lose("shutDown", "the client left in the middle of an answer");
  }

  private get question(): Question {
    return this.questions[this.at]!;
  }

  private askNext(): void {
    this.at++;
    this.state = "borrowing";
    const { turn } = this.session;
    const { timeout } = this.question.server.pool;
    const deadline = timeout === 0 ? Number.POSITIVE_INFINITY : turn.now + timeout;
    const connection = this.question.server.lent.borrow(this, deadline);
    if (connection !== null) this.lend(connection);
  }

  private pause(): void {
    this.state = "paused";
    this.pausedAt = this.session.turn.now;
    this.start = Number.POSITIVE_INFINITY;
    this.connection!.setReading(false);
  }

  private giveBack(): void {
    const { connection } = this;
    this.connection = null;
    if (connection !== null) this.question.server.lent.giveBack(connection);
  }

  private finish(): void {
    this.end();
    this.exchange.reread();
  }

  private fail(failure: Failure): void {
    if (this.streaming) this.exchange.cutOff(failure);
    else this.exchange.onFailure(failure);
  }

  private end(): void {
    this.state = "over";
    this.connection = null;
  }
}

/** Where the last line of bytes[start, end), which ends there, begins. */
function lineStart(bytes: Buffer, start: number, end: number): number {
  return Math.max(start, bytes.lastIndexOf(10, end - 2) + 1);
}
