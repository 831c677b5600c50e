import type { WireReader } from "../wire-reader.ts";
import { BodyCheck, readBody } from "./answer-body.ts";
import { type AnswerHead, OutOfStep, readAnswerHead } from "./answer-head.ts";
import type { Batch } from "./batch.ts";

/** What a server in trouble says instead of an answer. */
const busy = Buffer.from("busy");

/** What goes to podmate. */
export interface Sent {
  /** For the report. */
  readonly kind: string;
  readonly method: string;
  /** All of it, or what goes at once. */
  readonly bytes: readonly (string | Buffer)[];
  /** What follows when a 100 has come. */
  readonly later: readonly (string | Buffer)[];
}

/** One request of a client and what must be true of its answer. */
export abstract class HttpExchange {
  readonly sent: Sent;
  /** A part of the answer has come. */
  begun = false;
  /** It was the server's, and right. */
  good = false;
  protected readonly batch: Batch;

  constructor(batch: Batch, sent: Sent) {
    this.batch = batch;
    this.sent = sent;
  }

  /**
   * Reads and checks the whole answer; resolves to whether the connection is good for another request. `goOn` sends what
   * waited for a 100. Throws `OutOfStep` if it is not the answer to this request.
   */
  async take(reader: WireReader, goOn: () => void): Promise<boolean> {
    const head = await this.#readHead(reader, goOn);
    const own = head.fields.get("podmate-error");
    if (own !== undefined) await this.takeOwn(reader, head, own);
    else if (head.fields.has("x-cut")) await this.#takeCut(reader, head);
    else if (head.status === 503) await this.#takeBusy(reader, head);
    else {
      await this.takeAnswer(reader, head, this.identify(head));
      this.good = true;
    }
    return head.keepAlive && head.end.by !== "close";
  }

  /** The name of the server whose answer it is. Throws `OutOfStep` if it is none to this request. */
  protected abstract identify(head: AnswerHead): string;

  /** Checks an answer of a server that is well. */
  protected abstract takeAnswer(reader: WireReader, head: AnswerHead, server: string): Promise<void>;

  /** An error of podmate's own. */
  protected async takeOwn(reader: WireReader, head: AnswerHead, code: string): Promise<void> {
    if (head.end.by === "length") {
      const body: { code?: unknown } = JSON.parse((await reader.bytes(head.end.length)).toString());
      if (body.code !== code) throw new OutOfStep(`the code ${body.code} in the body, ${code} in the head`);
    }
    this.batch.failed(code, `${code} to ${this.sent.kind}`);
  }

  /** Reads heads until one is final, or switches to another protocol. */
  async #readHead(reader: WireReader, goOn: () => void): Promise<AnswerHead> {
    for (;;) {
      const head = await readAnswerHead(reader, this.sent.method === "HEAD");
      this.begun = true;
      if (head.status >= 200 || head.status === 101) return head;
      if (head.status === 100 && this.sent.later.length > 0) goOn();
      else this.identify(head);
    }
  }

  /** A server that is in trouble says so. */
  async #takeBusy(reader: WireReader, head: AnswerHead): Promise<void> {
    this.identify(head);
    const body = new BodyCheck(busy);
    await readBody(reader, head.end, body);
    if (this.sent.method !== "HEAD") body.end();
    this.batch.failed("503 of a server");
  }

  /** An answer that its server breaks off: it must not look complete. */
  async #takeCut(reader: WireReader, head: AnswerHead): Promise<void> {
    this.identify(head);
    await readBody(reader, head.end, { take: () => undefined });
    throw new OutOfStep("an answer that was broken off looks complete");
  }
}
