import { replyFormOf } from "../../../memcache/reply-form.ts";
import { command, type UpstreamError } from "../../../observe/metric-labels.ts";
import type { Failure } from "../../../upstream/memcache/failure.ts";
import type { Session } from "../session.ts";
import { wireError } from "../wire-error.ts";
import { effect } from "./effect.ts";
import { Errand, type ErrandOwner } from "./errand.ts";
import type { PoolPolicy } from "./pool-policy.ts";
import { readBlock } from "./value-block.ts";

/** Who asked for a key; exactly one of the two is called per slot, maybe before the lookup has begun. */
export interface Waiter {
  readonly session: Session;
  /** The key's VALUE block, or "" if it is not there. */
  found(slot: number, block: string): void;
  /** `kind` is null where the server itself has answered with an error line. */
  refused(slot: number, answer: string, kind: UpstreamError | null): void;
}

/** A command that asks for values: `get`, `gets`, `gat 60`, … */
export interface Question {
  readonly command: number;
  /** The words before the keys. */
  readonly head: string;
}

/**
 * The way of one key through a pool's policies, for everybody who has asked for it meanwhile:
 *
 *     near cache → a lookup under way → pool → failover pools → warm_from → near cache, waiters
 *
 * The first two steps are `PoolPolicy.look`. Only a plain `get` goes through all of them; the others, which ask for
 * a cas unique or change the expiry, go to the pool and its failover pools alone.
 */
export class Lookup implements ErrandOwner {
  private readonly policy: PoolPolicy;
  private readonly key: string;
  private readonly plain: boolean;
  private readonly limit: number;
  private readonly errand: Errand;
  private readonly waiters: Waiter[] = [];
  private readonly slots: number[] = [];
  /** Version of the key when the lookup began; see KeyVersions. */
  private readonly version: number;

  /** `limit`: longest reply taken, in bytes. */
  constructor(policy: PoolPolicy, question: Question, key: string, limit: number) {
    this.policy = policy;
    this.key = key;
    this.plain = question.command === command.get;
    this.limit = limit;
    this.version = policy.versionOf(key);
    const touches = question.command === command.gat || question.command === command.gats;
    const request = {
      owner: this,
      targets: policy.targets,
      command: question.command,
      form: replyFormOf(question.command, false),
      asked: key,
      effect: touches ? effect.repeatable : effect.read,
      key,
      text: `${question.head} ${key}\r\n`,
      limit,
    };
    this.errand = new Errand(request);
    policy.mirror?.copy(request);
  }

  join(waiter: Waiter, slot: number): void {
    this.waiters.push(waiter);
    this.slots.push(slot);
  }

  start(): void {
    this.errand.go();
  }

  answered(reply: string, values: number, failed: boolean): void {
    if (failed) {
      const line = reply.slice(reply.lastIndexOf("\n", reply.length - 2) + 1);
      this.refuse(line, line.startsWith("SERVER_ERROR") ? "server_error" : null);
      return;
    }
    const block = readBlock(reply, this.key, values);
    if (block === null) this.gaveUp(this.errand.server!.failure("protocol", "an answer to something else"));
    else if (block === "" && this.plain && this.policy.warm !== null) this.warm(this.policy.warm);
    else this.give(block, this.errand.atHome);
  }

  gaveUp(failure: Failure): void {
    this.refuse(wireError(failure), failure.kind);
  }

  private warm(source: NonNullable<PoolPolicy["warm"]>): void {
    source.look(this.key, this.limit, (block) => {
      // What was written meanwhile is newer.
      if (block !== "" && this.unchanged) source.fill(this.errand.target, this.key, block);
      this.give(block, this.errand.atHome);
    });
  }

  /** No client of this worker has written the key since the lookup began. */
  private get unchanged(): boolean {
    return this.policy.versionOf(this.key) === this.version;
  }

  private give(block: string, keep: boolean): void {
    this.policy.leave(this.key, this);
    if (keep && this.plain && block !== "" && this.unchanged) this.policy.keep(this.key, block);
    for (let i = 0; i < this.waiters.length; i++) this.waiters[i]!.found(this.slots[i]!, block);
  }

  private refuse(answer: string, kind: UpstreamError | null): void {
    this.policy.leave(this.key, this);
    for (let i = 0; i < this.waiters.length; i++) this.waiters[i]!.refused(this.slots[i]!, answer, kind);
  }
}
