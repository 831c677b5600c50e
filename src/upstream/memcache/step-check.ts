import { replyForm } from "../../memcache/reply-form.ts";
import { command } from "../../observe/metric-labels.ts";
import { Call } from "./call.ts";
import type { Failure } from "./failure.ts";

/** What every memcached since 1.2 and every proxy of the protocol answers, with a line that no other request gets. */
export const stepQuestion = Buffer.from("version\r\n");

/** How often a connection that carries requests is checked, in ms. */
const checkEvery = 10_000;
/** The same after something unusual, where the connection is never idle. */
const checkSoon = 1_000;

/** What is known of a server by how it has answered. */
export type Checkable = "unknown" | "yes" | "no";

/**
 * A request of podmate's own, by which one connection shows that it is in step: its answer, VERSION, belongs to nobody else. If
 * the server has answered once too often before, another line comes in its place; if once too few, VERSION comes in the
 * place of somebody else's answer. Either is no answer to its request, and ends the connection.
 */
export class StepCheck extends Call {
  /** It is on its way. */
  pending = false;
  /** Something unusual has happened since the last check: a late answer, a line refused. */
  doubtful = false;
  private readonly answered: (refused: boolean) => void;
  private doneAt = 0;
  /** Requests of the connection when it was done last. */
  private requestsThen = 0;

  /** `answered`: told whether the server has refused to answer. */
  constructor(answered: (refused: boolean) => void) {
    super();
    this.answered = answered;
    this.form = replyForm.version;
    this.command = command.version;
  }

  /** The connection has been opened at `now` (ms). */
  reset(now: number): void {
    this.pending = this.doubtful = this.expired = false;
    this.doneAt = now;
    this.requestsThen = 0;
  }

  /** Whether it should be sent at `now`, on an open connection that has carried so many requests, `inFlight` now. */
  isDue(now: number, requests: number, inFlight: number, checkable: Checkable): boolean {
    if (this.pending || checkable === "no" || requests === this.requestsThen) return false;
    const idle = inFlight === 0;
    // A server that hangs up on what it does not know is to take no requests along.
    if (checkable === "unknown" && !idle) return false;
    const since = now - this.doneAt;
    return this.doubtful ? idle || since >= checkSoon : since >= checkEvery;
  }

  /** It is sent as one of the connection's requests, of which there have been so many with it. */
  begin(now: number, requests: number): void {
    this.pending = true;
    this.doubtful = this.failed = this.expired = false;
    this.start = this.doneAt = now;
    this.requestsThen = requests;
  }

  /** An answer was dropped, for `call` had been given up. */
  cameLate(call: Call): void {
    if (call === this) this.pending = false;
    this.doubtful = true;
  }

  onReply(_bytes: Buffer, _start: number, _end: number, whole: boolean): void {
    if (!whole) return;
    this.pending = false;
    this.answered(this.failed);
  }

  onFailure(_failure: Failure): void {
    this.pending = false;
  }
}
