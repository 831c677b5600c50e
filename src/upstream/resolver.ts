/**
 * Where the names of servers point to, looked up beside the traffic and never in its way.
 *
 * The system's own lookup decides on the addresses, so that a name means here what it means to every other program in the
 * pod: /etc/hosts, host aliases, the search domains of Kubernetes (`cache-0.cache`). It does not tell how long an answer
 * holds, so the DNS records are asked beside it, and their TTL counts where they name an address that the system
 * named too; otherwise an answer holds for `defaultTtl`.
 *
 * One address of a name is in use, unless a server behind it is found at another one. It stays as long as the answers hold it,
 * for a change moves connections. Where a lookup fails, the last good addresses stay.
 */
import { backoff } from "../core/backoff.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import { errorReason } from "../core/error-reason.ts";
import type { Log } from "../core/log.ts";
import type { AddressRecord, Lookups } from "./lookups.ts";

/** How long an answer of unknown TTL holds, in ms; the TTL of the DNS of Kubernetes. */
export const defaultTtl = 30_000;
/** Bounds of a TTL, in ms: 0 shall not become a flood of lookups, and a week not hide a move. */
export const shortestTtl = 1_000;
export const longestTtl = 300_000;
/** Pauses between lookups that fail, in ms. */
const firstRetry = 1_000;
const longestRetry = 30_000;

/** One name as the management interface shows it. Times in ms. */
export interface NameState {
  readonly host: string;
  /** The address in use; null while none is known. */
  readonly address: string | null;
  /** All addresses of the last good answer. */
  readonly addresses: readonly string[];
  /** Why the last lookup failed; null if it did not. */
  readonly reason: string | null;
  /** Until the next lookup; null while one is on its way. */
  readonly nextLookup: number | null;
}

export interface ResolverOptions {
  readonly clock: Clock;
  readonly lookups: Lookups;
  readonly log: Log;
  /** The address in use of a name has become another one. */
  readonly onChange: (host: string, address: string) => void;
  /** It has not, but the other addresses have. */
  readonly onOthers?: (host: string) => void;
  /** Gives a number in [0, 1). */
  readonly random?: () => number;
}

interface Name {
  readonly host: string;
  addresses: readonly string[];
  address: string | undefined;
  reason: string | null;
  failures: number;
  looking: boolean;
  lookedAt: number;
  due: number;
  cancel: Cancel;
  /** Resolves when it has been looked up once. */
  first: Promise<void>;
}

export class Resolver {
  readonly #options: ResolverOptions;
  readonly #random: () => number;
  readonly #names = new Map<string, Name>();

  constructor(options: ResolverOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Sets the names to follow. New ones are looked up at once, others go on as they are. */
  watch(hosts: Iterable<string>): void {
    const wanted = new Set(hosts);
    for (const name of this.#names.values()) if (!wanted.has(name.host)) this.#forget(name);
    for (const host of wanted) if (!this.#names.has(host)) this.#follow(host);
  }

  /** The address in use; undefined while none is known. */
  address(host: string): string | undefined {
    return this.#names.get(host)?.address;
  }

  /** Resolves when the first lookup of a name has ended, well or not; at once if nobody follows it. */
  async lookedUp(host: string): Promise<void> {
    await this.#names.get(host)?.first;
  }

  /** Why a name has no address, in words. */
  reason(host: string): string {
    return this.#names.get(host)?.reason ?? "not looked up yet";
  }

  /** All addresses of the last good answer, the one in use first; empty while none is known. */
  addresses(host: string): readonly string[] {
    const name = this.#names.get(host);
    if (name?.address === undefined) return [];
    return [name.address, ...name.addresses.filter((address) => address !== name.address)];
  }

  /** Nobody answers at any of its addresses: looks up again without waiting for the TTL, as often as the shortest allows. */
  lookAgain(host: string): void {
    const { clock } = this.#options;
    const name = this.#names.get(host);
    if (name?.address === undefined) return;
    const wait = Math.max(0, name.lookedAt + shortestTtl - clock.now());
    if (!name.looking && clock.now() + wait < name.due) this.#schedule(name, wait);
  }

  states(): NameState[] {
    const now = this.#options.clock.now();
    return [...this.#names.values()].map((name) => ({
      host: name.host,
      address: name.address ?? null,
      addresses: name.addresses,
      reason: name.reason,
      nextLookup: name.looking ? null : Math.max(0, name.due - now),
    }));
  }

  /** Follows nothing any more; what is still being looked up is dropped when it comes. */
  close(): void {
    this.watch([]);
  }

  #follow(host: string): void {
    const name: Name = {
      host,
      addresses: [],
      address: undefined,
      reason: null,
      failures: 0,
      looking: false,
      lookedAt: 0,
      due: 0,
      cancel: () => {},
      first: Promise.resolve(),
    };
    this.#names.set(host, name);
    name.first = this.#lookUp(name);
  }

  #forget(name: Name): void {
    name.cancel();
    this.#names.delete(name.host);
  }

  /** Whether it is still followed: names come and go while lookups are on their way. */
  #followed(name: Name): boolean {
    return this.#names.get(name.host) === name;
  }

  #schedule(name: Name, delay: number): void {
    const { clock } = this.#options;
    name.cancel();
    name.due = clock.now() + delay;
    name.cancel = clock.after(delay, () => void this.#lookUp(name));
  }

  async #lookUp(name: Name): Promise<void> {
    const { clock, lookups } = this.#options;
    name.looking = true;
    name.lookedAt = clock.now();
    const recordsComing = lookups.records(name.host).catch(() => []);
    const found = await lookups.system(name.host).catch((error: unknown) => errorReason(error));
    // The address is taken at once; only the time of the next lookup waits for the records.
    if (typeof found !== "string" && found.length > 0 && this.#followed(name)) this.#take(name, found);
    const records = await recordsComing;
    if (!this.#followed(name)) return;
    name.looking = false;
    if (typeof found !== "string" && found.length > 0) this.#schedule(name, holdsFor(found, records));
    else if (records.length > 0) this.#takeRecords(name, records);
    else this.#failed(name, typeof found === "string" ? found : "it has no address");
  }

  #takeRecords(name: Name, records: readonly AddressRecord[]): void {
    const addresses = records.map((record) => record.address);
    this.#take(name, addresses);
    this.#schedule(name, holdsFor(addresses, records));
  }

  #take(name: Name, addresses: readonly string[]): void {
    if (name.reason !== null)
      this.#options.log("info", { host: name.host, failures: name.failures }, "name resolves again");
    name.reason = null;
    name.failures = 0;
    const others = addresses.join() !== name.addresses.join();
    name.addresses = addresses;
    const [first] = addresses;
    if (first !== undefined && (name.address === undefined || !addresses.includes(name.address)))
      this.#use(name, first);
    else if (others) this.#options.onOthers?.(name.host);
  }

  #use(name: Name, address: string): void {
    if (name.address === address) return;
    const before = name.address ?? null;
    name.address = address;
    this.#options.log(
      before === null ? "debug" : "info",
      { host: name.host, address, before },
      "name resolved",
    );
    this.#options.onChange(name.host, address);
  }

  #failed(name: Name, reason: string): void {
    if (name.reason === null) {
      const fields = { host: name.host, reason, address: name.address ?? null };
      this.#options.log("warn", fields, "name does not resolve; what was known of it stays in use");
    }
    name.reason = reason;
    this.#schedule(name, backoff(name.failures++, firstRetry, longestRetry, 0.2, this.#random));
  }
}

/**
 * How long an answer holds, in ms: the shortest TTL of those records that bear it out, within the bounds above.
 * @param unknown where none does
 */
export function holdsFor(
  addresses: readonly string[],
  records: readonly AddressRecord[],
  unknown = defaultTtl,
): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (const { address, ttl } of records)
    if (addresses.includes(address)) shortest = Math.min(shortest, ttl * 1_000);
  if (shortest === Number.POSITIVE_INFINITY) return unknown;
  return Math.min(longestTtl, Math.max(shortestTtl, shortest));
}
