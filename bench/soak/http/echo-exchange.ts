import type { WireReader } from "../wire-reader.ts";
import { BodyCheck, readBody } from "./answer-body.ts";
import { type AnswerHead, OutOfStep } from "./answer-head.ts";
import type { Batch } from "./batch.ts";
import { answerBody, endDigest, requestDigest, type Wish } from "./echo-rules.ts";
import { HttpExchange, type Sent } from "./http-exchange.ts";

/** A request to a server that answers with its digest. */
export interface EchoRequest extends Sent {
  /** In the form in which servers see it. */
  readonly target: string;
  readonly key: string;
  readonly body: Buffer;
  /** Value of the trailer behind the body. */
  readonly tail: string;
  readonly wish: Wish;
  /** Under which name its server is to be noted, which the answer may bring; null: it may go anywhere. */
  home(answer: AnswerHead): string | null;
}

const none = Buffer.alloc(0);

/** Demands the digest of the request, and the body that follows from it. */
export class EchoExchange extends HttpExchange {
  readonly #request: EchoRequest;

  constructor(batch: Batch, request: EchoRequest) {
    super(batch, request);
    this.#request = request;
  }

  protected identify({ fields, status }: AnswerHead): string {
    const { id } = this.#request.wish;
    if (fields.get("x-id") !== String(id)) {
      throw new OutOfStep(`${status} to request ${fields.get("x-id")} instead of ${id}`);
    }
    return fields.get("x-server") ?? "";
  }

  protected async takeAnswer(reader: WireReader, head: AnswerHead, server: string): Promise<void> {
    const { method, target, key, body, tail, wish, home } = this.#request;
    const status = wish.answer === "tunnel" ? 101 : wish.status;
    if (head.status !== status) throw new OutOfStep(`status ${head.status} instead of ${status}`);
    const length = head.fields.get("content-length");
    if (method === "HEAD" && length !== undefined && Number(length) !== wish.size) {
      throw new OutOfStep(`a length of ${length} instead of ${wish.size}`);
    }
    const digest = endDigest(requestDigest(method, target, key).update(body), tail);
    const check = new BodyCheck(this.#wantedBody(digest));
    const trailers = await readBody(reader, head.end, check);
    check.end();
    this.#checkDigest(digest, head, trailers);
    this.batch.verified(check.length);
    const name = home(head);
    if (name !== null) this.batch.atHome(name, server);
  }

  #wantedBody(digest: string): Buffer {
    const { method, body, wish } = this.#request;
    if (method === "HEAD" || ["nothing", "unmodified", "tunnel"].includes(wish.answer)) return none;
    return wish.answer === "echo" ? body : answerBody(digest, wish.size);
  }

  #checkDigest(digest: string, head: AnswerHead, trailers: ReadonlyMap<string, string>): void {
    const { wish } = this.#request;
    const told = wish.answer === "echo" ? trailers.get("x-digest") : head.fields.get("x-digest");
    if (told !== digest) throw new OutOfStep(`the digest ${told} instead of ${digest}`);
    // HTTP/1.0 has no chunks, and so no trailers.
    if (wish.answer !== "trailers" || head.end.by !== "chunks" || trailers.get("x-tail") === digest) return;
    throw new OutOfStep(`the trailer ${trailers.get("x-tail")} instead of ${digest}`);
  }
}
