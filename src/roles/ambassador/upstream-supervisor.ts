import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { Address } from "../../core/address.ts";
import { formatAddress, sameAddress } from "../../core/address.ts";
import type { Cancel, Clock } from "../../core/clock.ts";
import { errorReason } from "../../core/error-reason.ts";
import type { Log } from "../../core/log.ts";
import { metricKey } from "../../observe/metric-key.ts";
import { raceAddresses } from "../../upstream/health/address-race.ts";
import { probeConnect } from "../../upstream/health/connect-prober.ts";
import { type Decision, HealthArbiter } from "../../upstream/health/health-arbiter.ts";
import { type ProbeFailure, probe } from "../../upstream/health/prober.ts";
import type { ServerState } from "../../upstream/health/server-health.ts";
import type { ServerReport, ServerUpdate } from "../../upstream/health/server-report.ts";
import type { Lookups } from "../../upstream/lookups.ts";
import type { PoolOptions, ServerOptions } from "../../upstream/pool-options.ts";
import { PoolTls } from "../../upstream/pool-tls.ts";
import { type NameState, Resolver } from "../../upstream/resolver.ts";

export interface UpstreamSupervisorOptions {
  readonly clock: Clock;
  readonly lookups: Lookups;
  readonly log: Log;
  /** Carries what was decided or found out to every data plane. */
  readonly update: (update: ServerUpdate) => void;
  /** Gives a number in [0, 1). */
  readonly random?: () => number;
}

/** One server as the management interface shows it: its health, and where it is. */
export interface UpstreamState extends ServerState {
  /** As configured. */
  readonly address: string;
  /** Where its name points to; null for a literal address, or while unknown. */
  readonly resolved: string | null;
  /** Since when it has been in or out of service, or failing, in ms since the Unix epoch. */
  readonly since: number;
  /** When it is probed next, in ms since the Unix epoch; null where no probe is planned, or one is on its way. */
  readonly nextProbeAt: number | null;
}

/** What a probe of whatever kind comes to. */
type Outcome = { readonly ok: true } | ProbeFailure;

/** Limits a probe in a pool that has no timeouts at all, in ms. */
const probeTimeout = 1_000;

/**
 * The control plane's care for servers: follows their names, takes what the data planes report of them, probes them, and
 * tells all data planes who is in service and where. The deciding is the arbiter's; here it is carried out.
 */
export class UpstreamSupervisor {
  readonly #options: UpstreamSupervisorOptions;
  readonly #arbiter: HealthArbiter;
  readonly #resolver: Resolver;
  readonly #tls: PoolTls;
  readonly #abort = new AbortController();
  readonly #probes = new Set<Promise<void>>();
  /** Host of the address at which a server was found, where that is not the one that its name uses. */
  readonly #found = new Map<string, string>();
  #pools: ReadonlyMap<string, PoolOptions> = new Map();
  #cancelTick: Cancel = () => {};

  constructor(options: UpstreamSupervisorOptions) {
    const { clock, lookups, log, random = Math.random } = options;
    this.#options = options;
    this.#arbiter = new HealthArbiter(random);
    this.#tls = new PoolTls({ clock, log });
    this.#resolver = new Resolver({
      clock,
      lookups,
      log,
      random,
      onChange: (host) => this.#moved(host),
      onOthers: (host) => this.#moved(host),
    });
  }

  /**
   * Takes pools into force, at start and on reload; to be called once the data planes know their servers. Tells them again
   * all that they may not know, whether or not it is new.
   */
  configure(pools: readonly PoolOptions[]): void {
    this.#pools = new Map(pools.map((pool) => [pool.name, pool]));
    const decisions = this.#arbiter.configure(pools, this.#options.clock.now());
    this.#tls.keep(pools);
    const members = new Set(this.#members().map(([pool, { id }]) => metricKey(pool, id)));
    for (const key of this.#found.keys()) if (!members.has(key)) this.#found.delete(key);
    this.#resolver.watch(this.#members().flatMap(([, server]) => nameOf(server.address) ?? []));
    this.#carryOut(decisions);
    for (const update of this.current()) this.#options.update(update);
  }

  /** Takes what a data plane has noticed. */
  report(report: ServerReport): void {
    this.#carryOut(this.#arbiter.report(report, this.#options.clock.now()));
    const server = this.#server(report.pool, report.server);
    // Once it is ejected, it is probed anyway.
    if (server && report.state === "failing" && !this.#arbiter.ejected(report.pool, report.server))
      this.#lookElsewhere(report.pool, server);
  }

  /** All that a data plane which starts now has to be told. */
  current(): ServerUpdate[] {
    return this.#members()
      .map(([pool, server]) => this.#updateOf(pool, server))
      .filter((update) => update.ejected || update.resolved);
  }

  /** Every server of every pool, in the order of the configuration. */
  states(): UpstreamState[] {
    const { clock } = this.#options;
    return this.#arbiter.states(clock.now()).map((state) => {
      const server = this.#server(state.pool, state.server);
      const resolved = server && this.#resolved(state.pool, server);
      return {
        ...state,
        address: server ? formatAddress(server.address) : "",
        resolved: resolved ? formatAddress(resolved) : null,
        since: clock.wall() - state.age,
        nextProbeAt: state.nextProbe === null ? null : clock.wall() + state.nextProbe,
      };
    });
  }

  /** Every name that servers are known by. */
  names(): NameState[] {
    return this.#resolver.states();
  }

  /** Ends timers, lookups and probes; resolves when no connection is left. */
  async close(): Promise<void> {
    this.#abort.abort();
    this.#cancelTick();
    this.#resolver.close();
    this.#tls.close();
    await Promise.all(this.#probes);
  }

  #carryOut(decisions: readonly Decision[]): void {
    for (const decision of decisions) this.#carryOutOne(decision);
    this.#arm();
  }

  #carryOutOne(decision: Decision): void {
    const { pool, server } = decision;
    if (decision.kind === "probe") {
      const probing = this.#probe(pool, server, decision.token).finally(() => this.#probes.delete(probing));
      this.#probes.add(probing);
      return;
    }
    this.#say(decision);
    const known = this.#server(pool, server);
    if (known && decision.kind !== "refuse") this.#options.update(this.#updateOf(pool, known));
  }

  #say(decision: Exclude<Decision, { kind: "probe" }>): void {
    const { log } = this.#options;
    const { pool, server, reason } = decision;
    if (decision.kind === "eject")
      log("warn", { pool, server, reason, probe_in_ms: Math.round(decision.backoff) }, "server ejected");
    else if (decision.kind === "readmit")
      log("info", { pool, server, reason, after_ms: Math.round(decision.after) }, "server readmitted");
    else {
      const fields = { pool, server, reason, ejected: decision.ejected };
      log("warn", fields, "server is failing but stays: as many as may be are ejected");
    }
  }

  /** Sets the one timer to the next probe that is due. */
  #arm(): void {
    this.#cancelTick();
    const due = this.#arbiter.nextDue();
    if (due === undefined || this.#abort.signal.aborted) return;
    const { clock } = this.#options;
    this.#cancelTick = clock.after(Math.max(0, due - clock.now()), () => {
      this.#carryOut(this.#arbiter.tick(clock.now()));
    });
  }

  async #probe(poolName: string, id: string, token: number): Promise<void> {
    const pool = this.#pools.get(poolName);
    const server = this.#server(poolName, id);
    if (!pool || !server) return;
    const name = nameOf(server.address);
    if (name !== undefined) await this.#resolver.lookedUp(name);
    const { clock } = this.#options;
    const { signal } = this.#abort;
    const { outcome, address } = await raceAddresses(
      this.#addressesOf(poolName, server),
      (each, signal) => this.#ask(pool, server, each, signal),
      // One that is well is not moved because it takes its time.
      { clock, hurry: this.#arbiter.isLost(poolName, id), signal },
    );
    if (signal.aborted) return;
    if (outcome.ok || outcome.connected) this.#foundAt(poolName, server, address);
    else if (name !== undefined) this.#resolver.lookAgain(name);
    this.#carryOut(this.#arbiter.probed(poolName, id, token, outcome, clock.now()));
  }

  async #ask(
    pool: PoolOptions,
    server: ServerOptions,
    address: Address,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const name = nameOf(address);
    if (name !== undefined) {
      const reason = `${name} does not resolve: ${this.#resolver.reason(name)}`;
      return { ok: false, connected: false, reason };
    }
    let tls: ConnectionOptions | null;
    try {
      tls = this.#tls.optionsFor(pool, server);
    } catch (error) {
      return { ok: false, connected: false, reason: `TLS files: ${errorReason(error)}` };
    }
    const timeout = pool.health?.timeout || pool.connect_timeout + pool.timeout || probeTimeout;
    const { clock } = this.#options;
    const { http, health, auth } = pool;
    if (http === undefined) return await probe({ address, timeout, tls, auth }, clock, signal);
    if (health?.http === undefined) return await probeConnect({ address, timeout, tls }, clock, signal);
    const { version } = http;
    const { probeHttp } = await import("../../upstream/health/http-prober.ts");
    const configured = server.address;
    return await probeHttp(
      { address, timeout, tls, health: health.http, configured, version },
      clock,
      signal,
    );
  }

  /** Where to look for a server: where it is taken to be, then at the other addresses of its name. */
  #addressesOf(pool: string, server: ServerOptions): Address[] {
    const { address } = server;
    const here = this.#resolved(pool, server);
    if (here === undefined || !("host" in here) || !("host" in address)) return [address];
    const { host, port } = here;
    const others = this.#resolver.addresses(address.host).filter((other) => other !== host);
    return [here, ...others.map((other) => ({ host: other, port }))];
  }

  /** It fails where it is, and stays in service: it may be well at another address of its name. */
  #lookElsewhere(pool: string, server: ServerOptions): void {
    const name = nameOf(server.address);
    if (name === undefined) return;
    this.#resolver.lookAgain(name);
    if (this.#resolver.addresses(name).length < 2) return;
    this.#arbiter.probeNow(pool, server.id, this.#options.clock.now());
    this.#arm();
  }

  /** A server took a connection at one of its name's addresses, and is reached there from now on. */
  #foundAt(pool: string, server: ServerOptions, address: Address): void {
    if (nameOf(server.address) === undefined || !("host" in address)) return;
    const before = this.#resolved(pool, server);
    if (before === undefined || sameAddress(before, address)) return;
    this.#found.set(metricKey(pool, server.id), address.host);
    const fields = { pool, server: server.id, address: address.host, before: formatAddress(before) };
    this.#options.log("info", fields, "server found at another address of its name");
    this.#options.update(this.#updateOf(pool, server));
  }

  #moved(host: string): void {
    for (const [pool, server] of this.#membersAt(host)) {
      this.#options.update(this.#updateOf(pool, server));
      this.#arbiter.addressed(pool, server.id, this.#options.clock.now());
    }
    this.#arm();
  }

  #updateOf(pool: string, server: ServerOptions): ServerUpdate {
    const update = { pool, server: server.id, ejected: this.#arbiter.ejected(pool, server.id) };
    const resolved = this.#resolved(pool, server);
    return resolved ? { ...update, resolved } : update;
  }

  /** Where a server's name leads: where the server was found last, as long as its name has that address. */
  #resolved(pool: string, { id, address }: ServerOptions): Address | undefined {
    if (!("host" in address)) return undefined;
    const { host: name, port } = address;
    const found = this.#found.get(metricKey(pool, id));
    if (found !== undefined && this.#resolver.addresses(name).includes(found)) return { host: found, port };
    const host = this.#resolver.address(name);
    return host === undefined ? undefined : { host, port };
  }

  #server(pool: string, id: string): ServerOptions | undefined {
    return this.#pools.get(pool)?.servers.find((server) => server.id === id);
  }

  #members(): [string, ServerOptions][] {
    return [...this.#pools.values()].flatMap((pool) =>
      pool.servers.map((server): [string, ServerOptions] => [pool.name, server]),
    );
  }

  #membersAt(host: string): [string, ServerOptions][] {
    return this.#members().filter(([, { address }]) => "host" in address && address.host === host);
  }
}

/** The name that has to be looked up; undefined for a literal address or a unix socket. */
function nameOf(address: Address): string | undefined {
  return "host" in address && isIP(address.host) === 0 ? address.host : undefined;
}
