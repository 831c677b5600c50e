import { HTTP_POOL } from "../../observe/metric-layout.ts";
import { createRing, type Ring } from "../../ring/ring.ts";
import type { ServerUpdate } from "../health/server-report.ts";
import type { PoolOptions } from "../pool-options.ts";
import type { UpstreamHost } from "../upstream-host.ts";
import type { HttpFailure } from "./http-failure.ts";
import type { HttpPoolOptions } from "./http-pool-options.ts";
import type { HttpServer } from "./http-server.ts";
import { KeySpread } from "./key-spread.ts";
import { isPanic } from "./panic.ts";
import { RetryBudget } from "./retry-budget.ts";
import { TurnTaking } from "./turn-taking.ts";

/** The least share that a server in slow start gets. */
const leastShare = 0.1;

/**
 * HTTP servers behind one ring, as one thread sees them under one snapshot.
 *
 * A request with a key goes to the key's owner on the ring, one without to whose turn it is. Three things may send it
 * elsewhere: an attempt there has failed, the owner has more than its share to do (`balance_factor`), or is just back
 * and gets its share little by little (`slow_start`). Then the key decides again, by rendezvous hashing among the others
 * (Thaler and Ravishankar 1998), so that one key always has the same substitute.
 */
export class HttpPool {
  readonly options: PoolOptions;
  readonly http: HttpPoolOptions;
  readonly servers: readonly HttpServer[];
  readonly block: Float64Array;
  readonly retries: RetryBudget;
  /** Requests whose answer is not complete. */
  inFlight = 0;
  /** So few servers are in service that all are used. */
  panic = false;
  private readonly host: UpstreamHost;
  /** A key has no substitute: its server answers, or nobody. */
  private readonly pinned: boolean;
  /** Who gets requests: does not drain, and is not ejected, or all the same in panic. */
  private inService: readonly boolean[] = [];
  private weightInService = 0;
  /** What a server may have under way, per unit of its weight. */
  private bound = Number.POSITIVE_INFINITY;
  /** Who was ejected when the ring was built. */
  private placed: readonly boolean[] = [];
  private ring!: Ring;
  private readonly turns: TurnTaking;
  private readonly spread: KeySpread;

  /** `servers` stand in the order of `options.servers`. */
  constructor(options: PoolOptions, servers: readonly HttpServer[], host: UpstreamHost) {
    this.options = options;
    this.http = options.http!;
    this.servers = servers;
    this.host = host;
    this.block = host.block("httpPool", options.name);
    this.retries = new RetryBudget(this.http.retry);
    this.pinned = options.eject?.on_eject === "fail_fast";
    this.turns = new TurnTaking(options.servers);
    this.spread = new KeySpread(options.servers);
    this.buildRing();
  }

  /**
   * The server for the key at bytes[start, end); without a key (`start < 0`), the one whose turn it is. `tried` are those where
   * an attempt has failed, one of which is picked only if there is no other. null if no server is in service.
   */
  pick(bytes: Uint8Array, start: number, end: number, tried: readonly HttpServer[]): HttpServer | null {
    if (this.http.balance_factor > 0) this.measure();
    if (start < 0) return this.pickByTurn(tried);
    const index = this.ring.locate(bytes, start, end);
    if (index < 0) return null;
    const owner = this.servers[index]!;
    if (this.pinned) return owner;
    const hash = this.needsHash ? this.spread.hash(bytes, start, end) : 0;
    if (!tried.includes(owner) && this.hasRoom(index) && this.takesShare(owner, hash)) return owner;
    return (
      this.substitute(this.needsHash ? hash : this.spread.hash(bytes, start, end), index, tried) ?? owner
    );
  }

  noServer(): HttpFailure {
    const reason = "no server is in service";
    return { end: "noServer", server: this.options.name, reason };
  }

  update(update: ServerUpdate): void {
    const server = this.servers.find(({ options }) => options.id === update.server);
    if (server === undefined) return;
    if (update.resolved !== undefined) server.resolve(update.resolved);
    if (server.ejected !== update.ejected) {
      if (update.ejected) server.eject();
      else server.readmit();
    }
    this.refresh();
  }

  refresh(): void {
    if (this.servers.some(({ ejected }, i) => ejected !== this.placed[i])) this.buildRing();
  }

  /** Slow start looks at the key's hash for each request. */
  private get needsHash(): boolean {
    return this.http.slow_start > 0;
  }

  private pickByTurn(tried: readonly HttpServer[]): HttpServer | null {
    const { servers, inService, turns } = this;
    let index = turns.next(
      (at) => inService[at]! && !tried.includes(servers[at]!) && this.hasRoom(at),
      (at) => this.share(servers[at]!),
    );
    // The one where an attempt has failed is better than none.
    if (index < 0)
      index = turns.next(
        (at) => inService[at]!,
        () => 1,
      );
    return index < 0 ? null : servers[index]!;
  }

  /** Where a key goes that cannot go to its owner: by its own order of the servers, to the first that has room. */
  private substitute(hash: number, owner: number, tried: readonly HttpServer[]): HttpServer | null {
    const { servers, inService } = this;
    const index = this.spread.first(
      hash,
      (at) => at !== owner && inService[at]! && !tried.includes(servers[at]!) && this.hasRoom(at),
    );
    if (index < 0) return null;
    if (!tried.includes(servers[owner]!)) this.block[HTTP_POOL.overflows]! += 1;
    return servers[index]!;
  }

  /**
   * Bounds what servers may have under way now: their share of all that is, with the request at hand, times the factor
   * (Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2016). One of them always has room.
   * What is under way is asked of the servers, for they outlive the pool.
   */
  private measure(): void {
    let underWay = 1;
    for (let i = 0; i < this.servers.length; i++) {
      if (this.inService[i]!) underWay += this.servers[i]!.inFlight;
    }
    this.bound = (this.http.balance_factor * underWay) / this.weightInService;
  }

  private hasRoom(index: number): boolean {
    return this.servers[index]!.inFlight < this.bound * this.options.servers[index]!.weight;
  }

  /** Whether a key that belongs to `server` goes there already: the lower part of the hashes first, then more. */
  private takesShare(server: HttpServer, hash: number): boolean {
    if (this.http.slow_start === 0) return true;
    const share = this.share(server);
    return share === 1 || (Math.imul(hash, 0x9e3779b1) >>> 0) / 2 ** 32 < share;
  }

  /** 0.1 to 1: which part of its share a server gets now. While all are new, each gets all of it. */
  private share(server: HttpServer): number {
    const { slow_start } = this.http;
    if (slow_start === 0) return 1;
    const { now } = this.host.turn;
    const age = now - server.readySince;
    if (age >= slow_start) return 1;
    const settled = this.servers.some(
      (other, i) => this.inService[i]! && now - other.readySince >= slow_start,
    );
    return settled ? Math.max(leastShare, age / slow_start) : 1;
  }

  /** Draining servers hold no keys; ejected ones keep theirs unless the pool rehashes. */
  private buildRing(): void {
    // Not the options that the server was made with: it outlives reloads.
    const members = this.options.servers;
    const serving = members.map(({ drain }) => drain !== true);
    const total = serving.filter(Boolean).length;
    const well = serving.filter((yes, i) => yes && !this.servers[i]!.ejected).length;
    this.panic = isPanic(well, total, this.http.panic);
    this.block[HTTP_POOL.panic] = this.panic ? 1 : 0;
    this.placed = this.servers.map(({ ejected }) => ejected);
    this.inService = serving.map((yes, i) => yes && (this.panic || !this.placed[i]!));
    this.weightInService = members.reduce((sum, { weight }, i) => sum + (this.inService[i]! ? weight : 0), 0);
    this.ring = createRing(this.options.ring, members, this.pinned ? serving : this.inService);
  }
}
