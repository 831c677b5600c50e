import { ByteQueue } from "../../../core/byte-queue.ts";
import { maxKey } from "../../../memcache/request-parser.ts";
import type { UpstreamError } from "../../../observe/metric-labels.ts";
import { POOL } from "../../../observe/metric-layout.ts";
import { Call } from "../../../upstream/memcache/call.ts";
import type { Failure } from "../../../upstream/memcache/failure.ts";
import type { Server } from "../../../upstream/memcache/server.ts";
import { effect } from "./effect.ts";
import type { PoolPolicy } from "./pool-policy.ts";

/** What is asked, of whom, and who wants to know. Strings are latin1: a character is a byte. */
export interface ErrandRequest {
  readonly owner: ErrandOwner;
  /** Pools in the order in which they are tried. */
  readonly targets: readonly PoolPolicy[];
  readonly command: number;
  /** Which replies it can get. */
  readonly form: number;
  /** What its reply is held against. */
  readonly asked: string;
  readonly effect: number;
  readonly key: string;
  /** The whole request with its value. */
  readonly text: string;
  /** Longest reply taken, in bytes; a longer one fails. */
  readonly limit: number;
}

/** Exactly one of the two is called, once, maybe before `go` has returned. */
export interface ErrandOwner {
  answered(reply: string, values: number, failed: boolean): void;
  gaveUp(failure: Failure): void;
}

/**
 * One request on its way to the server of its key and, where that one fails, to the server that the next pool has for
 * it. What was refused, or has waited for a connection in vain, was not sent, and goes on in any case. What was sent
 * and got no answer goes on only if it may be done twice. A server that is busy is not down: nothing goes on then.
 */
export class Errand {
  readonly request: ErrandRequest;
  /** The server asked last. */
  server: Server | null = null;
  private tried = 0;
  private failure: Failure | null = null;

  constructor(request: ErrandRequest) {
    this.request = request;
  }

  /** Asks the next pool; there must be one. */
  go(): void {
    const { targets, key } = this.request;
    const target = targets[this.tried++]!;
    if (this.tried > 1) targets[0]!.pool.block[POOL.failoverRequests]! += 1;
    const length = keyBytes.write(key, "latin1");
    // A pool that is gone takes what comes with this turn, and nothing later.
    const gone = target.retired && this.tried > 1;
    const server = gone ? null : target.pool.locate(keyBytes, 0, length);
    this.server = server;
    if (server === null) {
      this.lost(target.pool.noServer());
      return;
    }
    this.ask(target, server, length);
  }

  /** Asks a server for the key, which is in `keyBytes`. */
  private ask(target: PoolPolicy, server: Server, length: number): void {
    const { key, text, command } = this.request;
    this.server = server;
    const fetch = new Fetch(this, target, server.turn.now);
    const connection = server.connectionFor(keyBytes, 0, length);
    const refusal = server.refusal(connection, command);
    if (refusal !== null) {
      fetch.onFailure(server.turnAway(refusal));
      return;
    }
    if (this.changes) target.changed(key);
    server.countRequest(command);
    connection.pushText(fetch, this.request.asked);
    connection.writer.appendLatin1(text);
  }

  /** The pool asked last. */
  get target(): PoolPolicy {
    return this.request.targets[this.tried - 1]!;
  }

  /** Whether that is the first of them. */
  get atHome(): boolean {
    return this.tried === 1;
  }

  /** Whether the key may have another value now. */
  get changes(): boolean {
    return this.request.effect !== effect.read;
  }

  lost(failure: Failure): void {
    const { targets, owner } = this.request;
    if (failure.kind === "connect" && this.goesAround()) return;
    // The first failure is the one to tell: it is about the server that the key belongs to.
    this.failure ??= failure;
    if (this.tried < targets.length && this.goesOn(failure.kind)) this.go();
    else owner.gaveUp(this.failure);
  }

  /** Goes to another server of the same pool where that lets keys move; false if there is none. */
  private goesAround(): boolean {
    const { pool } = this.target;
    const length = keyBytes.write(this.request.key, "latin1");
    const other = pool.detour(keyBytes, 0, length);
    if (other === null || other === this.server) return false;
    this.ask(this.target, other, length);
    return true;
  }

  private goesOn(kind: UpstreamError): boolean {
    if (kind === "busy") return false;
    return unsent.has(kind) || this.request.effect !== effect.once;
  }
}

/** Failures that tell that the request has not left. */
const unsent: ReadonlySet<UpstreamError> = new Set(["ejected", "no_server", "connect"]);

/** The key that is being located. */
const keyBytes = Buffer.alloc(maxKey + 2);

/** One attempt: the call to one server, whose reply is kept until it is whole. */
class Fetch extends Call {
  private readonly errand: Errand;
  private readonly target: PoolPolicy;
  private readonly reply = new ByteQueue();
  private length = 0;

  constructor(errand: Errand, target: PoolPolicy, start: number) {
    super();
    const { form, command } = errand.request;
    this.errand = errand;
    this.target = target;
    this.form = form;
    this.command = command;
    this.start = start;
  }

  onReply(bytes: Buffer, start: number, end: number, whole: boolean): void {
    const { reply } = this;
    const { limit, key, owner } = this.errand.request;
    this.length += end - start;
    const fits = this.length <= limit;
    if (!whole) {
      if (fits) reply.append(bytes, start, end);
      else reply.clear();
      return;
    }
    if (this.errand.changes) this.target.changed(key);
    if (!fits) {
      reply.clear();
      owner.gaveUp(this.errand.server!.failure("busy", `an answer of more than ${limit} bytes`));
      return;
    }
    let text: string;
    if (reply.length === 0) text = bytes.toString("latin1", start, end);
    else {
      reply.append(bytes, start, end);
      text = reply.buffer.toString("latin1", 0, reply.length);
      reply.clear();
    }
    owner.answered(text, this.values, this.failed);
  }

  onFailure(failure: Failure): void {
    this.reply.clear();
    // It may have been done all the same.
    if (this.errand.changes) this.target.changed(this.errand.request.key);
    this.errand.lost(failure);
  }
}
