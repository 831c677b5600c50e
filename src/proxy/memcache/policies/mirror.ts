import { maxKey } from "../../../memcache/request-parser.ts";
import { POOL } from "../../../observe/metric-layout.ts";
import { Call } from "../../../upstream/memcache/call.ts";
import type { Server } from "../../../upstream/memcache/server.ts";
import { effect } from "./effect.ts";
import type { PoolPolicy } from "./pool-policy.ts";

/** Bytes waiting for a mirror server above which copies are dropped: a slow mirror must not take the clients' room. */
const backlogLimit = 1024 * 1024;

export interface MirrorOptions {
  readonly writes: boolean;
  /** Share of the reads that is copied, 0 to 1. */
  readonly reads: number;
}

/** A request as it was sent to the pool. `text` is latin1: a character is a byte. */
export interface Original {
  readonly command: number;
  readonly form: number;
  readonly asked: string;
  readonly effect: number;
  readonly key: string;
  readonly text: string;
}

/** Copies of a pool's requests, sent to another pool and forgotten. What cannot be sent at once is dropped. */
export class Mirror {
  private readonly options: MirrorOptions;
  private readonly target: PoolPolicy;
  /** Counters of the pool whose requests are copied. */
  private readonly block: Float64Array;
  /** Adds the share of each read up; a read is copied each time that a whole one is reached. */
  private due = 0;

  constructor(options: MirrorOptions, target: PoolPolicy, block: Float64Array) {
    this.options = options;
    this.target = target;
    this.block = block;
  }

  copy(original: Original): void {
    if (!this.wants(original.effect)) return;
    const length = keyBytes.write(original.key, "latin1");
    const server = this.target.pool.locate(keyBytes, 0, length);
    const connection = server?.connectionFor(keyBytes, 0, length);
    const free =
      server !== null &&
      connection !== undefined &&
      server.refusal(connection, original.command) === null &&
      connection.writer.backlog + original.text.length <= backlogLimit;
    if (!free) {
      this.drop();
      return;
    }
    if (original.effect !== effect.read) this.target.changed(original.key);
    this.send(server, connection, original);
  }

  /** A command for every server: `flush_all`. */
  copyToAll(original: Original): void {
    if (!this.options.writes) return;
    for (const server of this.target.pool.servers) {
      const connection = server.connections[0]!;
      if (server.refusal(connection, original.command) === null) this.send(server, connection, original);
      else this.drop();
    }
    this.target.cleared();
  }

  /** Counts a write that is not copied because its value goes by in pieces. */
  passOver(): void {
    if (this.options.writes) this.drop();
  }

  drop(): void {
    this.block[POOL.mirrorDroppedRequests]! += 1;
  }

  /** The copy was done, or may have been. */
  ended({ effect: what, key }: Original, answered: boolean): void {
    if (!answered) this.drop();
    if (what !== effect.read) this.target.changed(key);
  }

  private wants(what: number): boolean {
    if (what !== effect.read) return this.options.writes;
    this.due += this.options.reads;
    // Ten times 0.1 is a little less than 1.
    if (this.due < 1 - 1e-9) return false;
    this.due -= 1;
    return true;
  }

  private send(server: Server, connection: Server["connections"][number], original: Original): void {
    this.block[POOL.mirroredRequests]! += 1;
    server.countRequest(original.command);
    connection.pushText(new Copy(this, original, server.turn.now), original.asked);
    connection.writer.appendLatin1(original.text);
  }
}

const keyBytes = Buffer.alloc(maxKey + 2);

/** A copy on its way: its reply is read and dropped. */
class Copy extends Call {
  private readonly mirror: Mirror;
  private readonly original: Original;

  constructor(mirror: Mirror, original: Original, start: number) {
    super();
    this.mirror = mirror;
    this.original = original;
    this.form = original.form;
    this.command = original.command;
    this.start = start;
  }

  onReply(_bytes: Buffer, _start: number, _end: number, whole: boolean): void {
    if (whole) this.mirror.ended(this.original, true);
  }

  onFailure(): void {
    this.mirror.ended(this.original, false);
  }
}
