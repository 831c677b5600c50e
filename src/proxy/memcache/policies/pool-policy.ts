import { form } from "../../../memcache/command-table.ts";
import { replyForm } from "../../../memcache/reply-form.ts";
import type { RequestParser } from "../../../memcache/request-parser.ts";
import { command, type Shed } from "../../../observe/metric-labels.ts";
import { POOL } from "../../../observe/metric-layout.ts";
import type { Pool } from "../../../upstream/memcache/pool.ts";
import type { Server } from "../../../upstream/memcache/server.ts";
import type { Session } from "../session.ts";
import { wireError } from "../wire-error.ts";
import { effect } from "./effect.ts";
import { GetOne } from "./get-one.ts";
import { KeyVersions } from "./key-versions.ts";
import { Lookup, type Question, type Waiter } from "./lookup.ts";
import { Mirror } from "./mirror.ts";
import { NearCache } from "./near-cache.ts";
import { Relay } from "./relay.ts";
import { valueLength } from "./value-block.ts";
import { WarmSource } from "./warm-source.ts";

/**
 * What a pool does beyond sending each request to the server of its key. Where a pool has any of it, its requests go
 *
 *     get:     near_cache → coalesce → pool → failover → warm_from → answer
 *     others:  pool → failover → answer
 *     mirror:  a copy of what is sent to the pool, beside all this
 *
 * with the reply kept until it is whole. There is one for each pool of a thread, by its name: what it keeps (values,
 * lookups under way) outlives reloads.
 */
export class PoolPolicy {
  pool: Pool;
  /** The pool is in no snapshot any more. */
  retired = false;
  /** Whether there is anything to do that plain forwarding does not. */
  active = false;
  /** This pool, then those that stand in for it. */
  targets: readonly PoolPolicy[] = [this];
  mirror: Mirror | null = null;
  warm: WarmSource | null = null;
  private nearCache: NearCache | null = null;
  private versions: KeyVersions | null = null;
  /** Lookups that others may join, by key; null without coalescing. */
  private flights: Map<string, Lookup> | null = null;

  constructor(pool: Pool) {
    this.pool = pool;
  }

  /** Takes the options of `pool` into force; `find` gives the policy of a pool by its name. */
  configure(pool: Pool, find: (name: string) => PoolPolicy): void {
    const { near_cache, coalesce, failover, mirror, warm_from } = pool.options;
    const { block } = pool;
    this.pool = pool;
    this.active = hasPolicy(pool);
    this.targets = [this, ...failover.map(find)];
    this.mirror = mirror && new Mirror(mirror, find(mirror.pool), block);
    this.warm = warm_from && new WarmSource(find(warm_from.pool), warm_from.ttl, block);
    this.flights = coalesce ? (this.flights ?? new Map()) : null;
    this.versions = near_cache || warm_from ? (this.versions ?? new KeyVersions()) : null;
    if (JSON.stringify(near_cache) === JSON.stringify(this.nearCache?.options ?? null)) return;
    this.nearCache?.clear();
    this.nearCache = near_cache && new NearCache(near_cache, block);
  }

  /** Nothing is in force any more. */
  retire(): void {
    this.retired = true;
    this.nearCache?.clear();
  }

  /** Sends the request for one key, which ends at bytes[next], on its way. */
  send(session: Session, request: RequestParser, bytes: Buffer, next: number, key: string): void {
    if (request.form === form.get && request.command === command.get) {
      const get = new GetOne();
      get.begin(session, request, this.pool);
      this.look(plainGet, key, get, 0, session.crowdedOut());
    } else {
      const relay = new Relay();
      relay.begin(session, request, this.pool);
      relay.send(this, request, bytes, next, key);
    }
  }

  /** Looks a key up for `waiter`; what cannot be answered from here is refused if it is `crowdedOut`. */
  look(question: Question, key: string, waiter: Waiter, slot: number, crowdedOut: Shed | null): void {
    const plain = question.command === command.get;
    const { session } = waiter;
    const known = plain ? this.nearCache?.get(key, session.turn.now) : undefined;
    if (known !== undefined) {
      waiter.found(slot, known);
      return;
    }
    if (crowdedOut !== null) {
      waiter.refused(slot, wireError(this.pool.shed(crowdedOut)), crowdedOut);
      return;
    }
    const flights = plain ? this.flights : null;
    const flight = flights?.get(key);
    if (flight !== undefined) {
      this.pool.block[POOL.coalescedRequests]! += 1;
      flight.join(waiter, slot);
      return;
    }
    const lookup = new Lookup(this, question, key, this.replyLimit(session));
    flights?.set(key, lookup);
    lookup.join(waiter, slot);
    lookup.start();
  }

  /** Longest reply that is kept for a client: it must fit beside what else is held for it. */
  replyLimit(session: Session): number {
    return session.host.options.limits.bytes / 2;
  }

  /** A write of the key has been sent, or has ended: whatever was known of the key before is history. */
  changed(key: string): void {
    this.nearCache?.delete(key);
    this.versions?.bump(key);
    this.flights?.delete(key);
  }

  /** As `changed`, for all keys. */
  cleared(): void {
    this.nearCache?.clear();
    this.versions?.bumpAll();
    this.flights?.clear();
  }

  versionOf(key: string): number {
    return this.versions === null ? 0 : this.versions.of(key);
  }

  /** Nobody joins this lookup any more. */
  leave(key: string, lookup: Lookup): void {
    if (this.flights?.get(key) === lookup) this.flights.delete(key);
  }

  /** Keeps a VALUE block that was just read. */
  keep(key: string, block: string): void {
    const { nearCache, pool } = this;
    nearCache?.put(key, block, valueLength(block), pool.servers[0]!.turn.now);
  }

  /** `flush_all`, as `line`, goes to all servers of the pool. */
  flush(line: string): void {
    this.cleared();
    this.mirror?.copyToAll({
      command: command.flush_all,
      form: replyForm.ok,
      asked: "",
      effect: effect.once,
      key: "",
      text: line,
    });
  }

  /** The server that takes a value too large to be kept: that of the first pool that is not down. */
  serverForUpload(key: string): Server | null {
    const bytes = Buffer.from(key, "latin1");
    for (const target of this.targets) {
      const server = target.pool.locate(bytes, 0, bytes.length);
      const refusal = server === null ? "noServer" : server.refusal(server.connections[0]!, command.set);
      if (refusal !== null && refusal !== "busy") continue;
      if (target !== this) this.pool.block[POOL.failoverRequests]! += 1;
      return server;
    }
    return this.pool.locate(bytes, 0, bytes.length);
  }

  /** A large value for `key` begins to go by; returns what to call at its end. It is not copied to the mirror. */
  uploading(key: string): () => void {
    const changed = (): void => {
      for (const target of this.targets) target.changed(key);
    };
    this.mirror?.passOver();
    changed();
    return changed;
  }
}

/** Whether a pool has options that plain forwarding does not know. */
export function hasPolicy({ options }: Pool): boolean {
  const { near_cache, coalesce, failover, mirror, warm_from } = options;
  return near_cache !== null || coalesce || failover.length > 0 || mirror !== null || warm_from !== null;
}

const plainGet: Question = { command: command.get, head: "get" };
