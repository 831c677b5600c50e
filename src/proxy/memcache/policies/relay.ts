import type { RequestParser } from "../../../memcache/request-parser.ts";
import type { Failure } from "../../../upstream/memcache/failure.ts";
import { Exchange } from "../exchange.ts";
import { noop } from "../noop.ts";
import { askedEnd } from "../request-key.ts";
import { requestText } from "../send-line.ts";
import { effectOf } from "./effect.ts";
import { Errand, type ErrandOwner } from "./errand.ts";
import type { PoolPolicy } from "./pool-policy.ts";

/** Any request for one key but a plain `get`: passed on to the pool or its failover pools, and copied to the mirror. */
export class Relay extends Exchange implements ErrandOwner {
  /** Bytes of the request, kept until it is answered. */
  private kept = 0;

  /** Sends the request that ends at bytes[next], whose key is `key`. */
  send(policy: PoolPolicy, request: RequestParser, bytes: Buffer, next: number, key: string): void {
    const { session } = this;
    const text = `${requestText(request, bytes, next)}${request.quiet ? noop : ""}`;
    const shed = session.crowdedOut();
    if (shed !== null) {
      this.onFailure(policy.pool.shed(shed));
      return;
    }
    this.kept = text.length;
    session.requestBytes += text.length;
    const what = {
      command: this.command,
      form: this.form,
      asked: askedOf(request, bytes),
      effect: effectOf(request, bytes),
      key,
      text,
    };
    policy.mirror?.copy(what);
    const limit = policy.replyLimit(session);
    new Errand({ ...what, owner: this, targets: policy.targets, limit }).go();
  }

  answered(reply: string, values: number, failed: boolean): void {
    this.values = values;
    this.failed = failed;
    if (failed && reply.startsWith("SERVER_ERROR")) this.countError(this.pool!, "server_error");
    this.answer(reply);
  }

  gaveUp(failure: Failure): void {
    this.onFailure(failure);
  }

  protected override settle(): void {
    this.session.requestBytes -= this.kept;
    super.settle();
  }
}

/** What the reply is held against. */
function askedOf(request: RequestParser, bytes: Buffer): string {
  const keyStart = request.words[2 * request.firstKey]!;
  const keyEnd = request.words[2 * request.firstKey + 1]!;
  return bytes.toString("latin1", keyStart, askedEnd(request, keyStart, keyEnd));
}
