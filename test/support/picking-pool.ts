import { TurnClock } from "../../src/core/turn-clock.ts";
import { privateBlock } from "../../src/observe/metric-layout.ts";
import { distributionTable } from "../../src/ring/distribution-table.ts";
import type { Distribution } from "../../src/ring/ring-options.ts";
import { HttpPool } from "../../src/upstream/http/http-pool.ts";
import type { HttpPoolOptions } from "../../src/upstream/http/http-pool-options.ts";
import { HttpServer } from "../../src/upstream/http/http-server.ts";
import type { EjectOptions, PoolOptions } from "../../src/upstream/pool-options.ts";
import type { UpstreamHost } from "../../src/upstream/upstream-host.ts";
import { FakeClock } from "./fake-clock.ts";
import { httpPoolOptions } from "./http-plane.ts";
import { serverOptions } from "./pools.ts";

export interface PickingOptions {
  /** One server each, by the names `s0`, `s1`… */
  readonly weights: readonly number[];
  readonly distribution?: Distribution;
  readonly http?: Partial<Omit<HttpPoolOptions, "retry">>;
  readonly on_eject?: EjectOptions["on_eject"];
}

/** A pool that is asked where requests go, without a socket: what is under way is what the test says. */
export class PickingPool {
  readonly clock = new FakeClock();
  readonly pool: HttpPool;
  readonly #turn = new TurnClock(this.clock);

  /** `kept`: the servers of an earlier pool, as after a reload. */
  constructor(options: PickingOptions, kept?: PickingPool) {
    if (kept !== undefined) {
      this.clock = kept.clock;
      this.#turn = kept.#turn;
    }
    const host = hostOf(this.#turn);
    const all = poolOptionsOf(options);
    const servers =
      kept?.pool.servers ??
      all.servers.map((server: PoolOptions["servers"][number]) => new HttpServer(all, server, host));
    this.pool = new HttpPool(all, servers, host);
  }

  /** Index of the server of a request; -1 if there is none. null: it has no key. */
  pick(key: string | null, tried: number | null = null): number {
    const failed = tried === null ? [] : [this.pool.servers[tried]!];
    if (key === null) return this.#index(this.pool.pick(nothing, -1, -1, failed));
    const bytes = Buffer.from(key, "latin1");
    return this.#index(this.pool.pick(bytes, 0, bytes.length, failed));
  }

  /** A request comes and stays; returns where. */
  arrive(key: string | null): number {
    this.pool.inFlight++;
    const index = this.pick(key);
    if (index >= 0) this.pool.servers[index]!.inFlight++;
    else this.pool.inFlight--;
    return index;
  }

  /** A request at that server has its answer. */
  leave(index: number): void {
    this.pool.inFlight--;
    this.pool.servers[index]!.inFlight--;
  }

  /** Requests under way, per server. */
  get loads(): number[] {
    return this.pool.servers.map(({ inFlight }) => inFlight);
  }

  eject(index: number): void {
    this.pool.update({ pool: "pool", server: `s${index}`, ejected: true });
  }

  readmit(index: number): void {
    this.pool.update({ pool: "pool", server: `s${index}`, ejected: false });
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.clock.advance(ms);
    this.#turn.read();
  }

  #index(server: HttpServer | null): number {
    return server === null ? -1 : this.pool.servers.indexOf(server);
  }
}

/** How many of the places are which server. */
export function countPlaces(places: readonly number[], servers: number): number[] {
  const counts = new Array<number>(servers).fill(0);
  for (const place of places) counts[place]!++;
  return counts;
}

const nothing = new Uint8Array(0);

function poolOptionsOf({ weights, distribution = "ketama", http, on_eject = "rehash" }: PickingOptions) {
  const servers = weights.map((weight, i) => serverOptions(`s${i}`, 8080 + i, { name: `s${i}`, weight }));
  const eject = {
    failures: 1,
    window: 1_000,
    backoff: 1_000,
    max_backoff: 8_000,
    max_percent: 100,
    on_eject,
  };
  const ring = { distribution, hash: distributionTable[distribution].defaultHash };
  return httpPoolOptions("pool", servers, { pool: { eject, ring }, ...(http && { http }) });
}

function hostOf(turn: TurnClock): UpstreamHost {
  return {
    turn,
    wake() {},
    block: (entity) => privateBlock(entity),
    log() {},
    report() {},
    tlsOf: () => ({}),
  };
}
