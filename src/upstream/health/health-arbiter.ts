/**
 * Who is in service: decides on ejection and readmission of the servers of every pool. It holds no socket and no timer:
 * events and the time go in, decisions come out, and the owner carries them out.
 *
 *              failing report, or failed          back-off elapsed
 *              active probes, below the cap       ───────────────▶
 *      ready ──────────────────────────▶ ejected                   probing
 *        ▲                                       ◀───────────────    │
 *        │                                  failed, back-off doubles │
 *        └───────────────────────────────────────────────────────────┘ passed
 *
 * A server that is new is in service, for nothing is known against it, and is probed at once to learn whether it is
 * there: until it has answered, a probe or a request, it is not called ready. Those first probes eject nobody unless the
 * pool is probed at an interval.
 *
 * There is no other way back into service, except that a reload turns ejection off or makes the server another one.
 * A reload may leave more servers ejected than the cap allows; they stay out, for they are known to fail, but are
 * probed at once.
 */
import { formatAddress } from "../../core/address.ts";
import { backoff } from "../../core/backoff.ts";
import type { EjectOptions, HealthOptions, PoolOptions, ServerOptions } from "../pool-options.ts";
import { usualFailures } from "./failure-count.ts";
import {
  backoffJitter,
  ejectionCap,
  pausesOf,
  ServerHealth,
  type ServerState,
  untilReached,
} from "./server-health.ts";
import type { ServerReport } from "./server-report.ts";

/** The part of a pool that health is decided by. */
export type HealthPool = Pick<PoolOptions, "name" | "servers" | "eject" | "health">;

/** What is to be done now. `token` names the probe, so that an answer that comes too late is known as such. */
export type Decision =
  | { readonly kind: "probe"; readonly pool: string; readonly server: string; readonly token: number }
  | {
      readonly kind: "eject";
      readonly pool: string;
      readonly server: string;
      readonly reason: string;
      /** Until the readmission probe, in ms. */
      readonly backoff: number;
    }
  | {
      readonly kind: "readmit";
      readonly pool: string;
      readonly server: string;
      readonly reason: string;
      /** How long it was out of service, in ms. */
      readonly after: number;
    }
  /** A failing server stays in service because of the cap; said once per episode, for the log. */
  | {
      readonly kind: "refuse";
      readonly pool: string;
      readonly server: string;
      readonly reason: string;
      readonly ejected: number;
    };

/**
 * How a probe ended. `own`: podmate itself lacked what it takes to ask (open files, memory), which says nothing of the
 * server.
 */
export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly own?: boolean };

/**
 * First probes are spread over so many ms per server of the pool, and over so many at most: thousands at one time would
 * take all open files.
 */
const firstProbeSpread = 2;
const longestSpread = 5_000;

interface Pool {
  eject: EjectOptions | null;
  health: HealthOptions | null;
  readonly servers: Map<string, ServerHealth>;
}

export class HealthArbiter {
  readonly #random: () => number;
  readonly #pools = new Map<string, Pool>();
  #tokens = 0;
  #lastNow = Number.NEGATIVE_INFINITY;
  #lag = 0;

  /** @param random gives a number in [0, 1); spreads probes and back-offs */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Takes new pools into force. A server keeps its state as long as its pool's name, its id and its address stay. */
  configure(pools: readonly HealthPool[], now: number): Decision[] {
    const time = this.#time(now);
    const decisions: Decision[] = [];
    const names = new Set(pools.map((pool) => pool.name));
    for (const name of this.#pools.keys()) if (!names.has(name)) this.#pools.delete(name);
    for (const options of pools) this.#configurePool(options, time, decisions);
    return decisions;
  }

  /** Takes what a worker says of a server. Reports of servers that are gone are dropped. */
  report(report: ServerReport, now: number): Decision[] {
    const time = this.#time(now);
    const pool = this.#pools.get(report.pool);
    const server = pool?.servers.get(report.server);
    if (!pool || !server || server.out) return [];
    if (report.state === "failing") return this.#tryEject(report.pool, pool, server, report.reason, time);
    // What was to find out whether it is there is not needed any more.
    if (!server.reached && pool.health === null) server.due = Number.POSITIVE_INFINITY;
    server.serves(time);
    return [];
  }

  /** Something about the address of a server is new: one that is out, or has never been reached, is probed at once. */
  addressed(name: string, id: string, now: number): void {
    if (this.isLost(name, id)) this.probeNow(name, id, now);
  }

  /** Has a server probed, in service or not. */
  probeNow(name: string, id: string, now: number): void {
    const time = this.#time(now);
    const server = this.#pools.get(name)?.servers.get(id);
    if (server && !server.draining) server.due = time;
  }

  /** Whether a server is out of service, or has never been reached. */
  isLost(name: string, id: string): boolean {
    const server = this.#pools.get(name)?.servers.get(id);
    return server !== undefined && (server.out || !server.reached);
  }

  /** Takes the verdict of the probe that a decision asked for. One that is no longer waited for is dropped. */
  probed(name: string, id: string, token: number, verdict: Verdict, now: number): Decision[] {
    const time = this.#time(now);
    const pool = this.#pools.get(name);
    const server = pool?.servers.get(id);
    if (!pool || !server?.takeProbe(token)) return [];
    if (!verdict.ok && verdict.own === true) {
      server.due = time + pausesOf(pool.eject, pool.health).first;
      return [];
    }
    if (!verdict.ok) server.counts.probeFailures++;
    return server.out
      ? this.#readmissionProbed(name, pool, server, verdict, time)
      : this.#healthProbed(name, pool, server, verdict, time);
  }

  /** The probes that are due. To be called at the time `nextDue` gives; calls between are harmless. */
  tick(now: number): Decision[] {
    const time = this.#time(now);
    const decisions: Decision[] = [];
    for (const [name, pool] of this.#pools)
      for (const server of pool.servers.values())
        if (server.due <= time && !server.probing)
          decisions.push({ kind: "probe", pool: name, server: server.id, token: this.#startProbe(server) });
    return decisions;
  }

  /** When the next probe is due, by the clock that the calls are given; undefined where none is. */
  nextDue(): number | undefined {
    let next = Number.POSITIVE_INFINITY;
    for (const pool of this.#pools.values())
      for (const server of pool.servers.values()) if (!server.probing) next = Math.min(next, server.due);
    return next === Number.POSITIVE_INFINITY ? undefined : next - this.#lag;
  }

  /** Whether a server is out of service; false for one that is not known. */
  ejected(pool: string, server: string): boolean {
    return this.#pools.get(pool)?.servers.get(server)?.out ?? false;
  }

  /** All servers as the management interface shows them, in the order of the configuration. */
  states(now: number): ServerState[] {
    const time = this.#time(now);
    const states: ServerState[] = [];
    for (const [name, pool] of this.#pools)
      for (const server of pool.servers.values()) states.push(server.state(name, time));
    return states;
  }

  #configurePool(options: HealthPool, time: number, decisions: Decision[]): void {
    const before = this.#pools.get(options.name);
    const servers = new Map<string, ServerHealth>();
    for (const member of options.servers) {
      const server = this.#keep(before?.servers.get(member.id), member, options.name, time, decisions);
      servers.set(member.id, server);
      const sameInterval = before?.health?.interval === options.health?.interval;
      const planned = server.scheduled && (sameInterval || !server.reached);
      if (!server.out && !planned) this.#scheduleFirst(server, options, time);
    }
    const pool: Pool = { eject: options.eject, health: options.health, servers };
    // Sets the map's order to that of the configuration.
    this.#pools.delete(options.name);
    this.#pools.set(options.name, pool);
    if (!pool.eject) {
      this.#readmitAll(options, pool, time, decisions);
      return;
    }
    const overCap = outOf(pool) > ejectionCap(membersOf(pool), pool.eject.max_percent);
    probeWithin(pool, time + (overCap ? 0 : pausesOf(pool.eject, pool.health).longest));
  }

  /** The state a server had, unless it is now another server under the same name. */
  #keep(
    known: ServerHealth | undefined,
    member: ServerOptions,
    pool: string,
    time: number,
    decisions: Decision[],
  ): ServerHealth {
    const address = formatAddress(member.address);
    if (known?.address === address) {
      known.draining = member.drain ?? false;
      return known;
    }
    if (known?.out) decisions.push(readmission(pool, known, "its address changed", time));
    return new ServerHealth(member.id, address, member.drain ?? false, time);
  }

  /** Servers are probed evenly over the interval, not all at one time; those that are new soon. */
  #scheduleFirst(
    server: ServerHealth,
    { health, servers }: Pick<HealthPool, "health" | "servers">,
    time: number,
  ): void {
    const spread = Math.min(longestSpread, firstProbeSpread * servers.length);
    if (!server.reached && !server.draining) server.due = time + spread * this.#random();
    else server.due = health ? time + health.interval * this.#random() : Number.POSITIVE_INFINITY;
  }

  #readmitAll(options: HealthPool, pool: Pool, time: number, decisions: Decision[]): void {
    for (const server of pool.servers.values()) {
      if (!server.out) continue;
      decisions.push(readmission(options.name, server, "ejection was turned off", time));
      server.readmit(time);
      this.#scheduleFirst(server, options, time);
    }
  }

  #startProbe(server: ServerHealth): number {
    const token = ++this.#tokens;
    server.startProbe(token);
    return token;
  }

  #tryEject(name: string, pool: Pool, server: ServerHealth, reason: string, time: number): Decision[] {
    const { eject, health } = pool;
    // A draining server takes no new requests, so ejecting it would change nothing.
    if (server.draining) return [];
    if (!eject) {
      server.fail(reason, time);
      return [];
    }
    const pauses = pausesOf(eject, health);
    const out = outOf(pool);
    if (out >= ejectionCap(membersOf(pool), eject.max_percent)) {
      const first = server.refuse(reason, time, pauses);
      return first ? [{ kind: "refuse", pool: name, server: server.id, reason, ejected: out }] : [];
    }
    const backoff = server.eject(reason, time, pauses, this.#random);
    return [{ kind: "eject", pool: name, server: server.id, reason, backoff }];
  }

  #readmissionProbed(
    name: string,
    pool: Pool,
    server: ServerHealth,
    verdict: Verdict,
    time: number,
  ): Decision[] {
    if (!verdict.ok) {
      server.failProbe(verdict.reason, time, pausesOf(pool.eject, pool.health), this.#random);
      return [];
    }
    const decision = readmission(name, server, "probe passed", time);
    server.readmit(time);
    server.reached = true;
    server.due = pool.health ? time + pool.health.interval : Number.POSITIVE_INFINITY;
    return [decision];
  }

  #healthProbed(name: string, pool: Pool, server: ServerHealth, verdict: Verdict, time: number): Decision[] {
    const { eject, health } = pool;
    // Of one in service its traffic judges; it was asked where it is, not how.
    if (health === null && server.reached) {
      server.due = Number.POSITIVE_INFINITY;
      return [];
    }
    if (verdict.ok) {
      // Those that were probed for the first time at one moment part here.
      const share = server.reached ? 1 : 1 - this.#random();
      server.due = health ? time + health.interval * share : Number.POSITIVE_INFINITY;
      server.serves(time);
      return [];
    }
    if (health === null) {
      const { first, longest } = untilReached;
      server.due =
        time + backoff(server.failCheck(verdict.reason) - 1, first, longest, backoffJitter, this.#random);
      return [];
    }
    server.due = time + health.interval;
    const failures = server.failCheck(verdict.reason);
    if (failures < (eject?.failures ?? usualFailures)) return [];
    return this.#tryEject(name, pool, server, `probe: ${verdict.reason}`, time);
  }

  /**
   * Time that never goes back: if the given clock does, the loss is made good from then on, so that what was due in
   * a second is still due in a second.
   */
  #time(now: number): number {
    if (now < this.#lastNow) this.#lag += this.#lastNow - now;
    this.#lastNow = now;
    return now + this.#lag;
  }
}

function readmission(pool: string, server: ServerHealth, reason: string, time: number): Decision {
  return { kind: "readmit", pool, server: server.id, reason, after: time - server.since };
}

function membersOf(pool: Pool): number {
  let members = 0;
  for (const server of pool.servers.values()) if (!server.draining) members++;
  return members;
}

function outOf(pool: Pool): number {
  let out = 0;
  for (const server of pool.servers.values()) if (server.out && !server.draining) out++;
  return out;
}

function probeWithin(pool: Pool, time: number): void {
  for (const server of pool.servers.values()) if (server.out) server.due = Math.min(server.due, time);
}
