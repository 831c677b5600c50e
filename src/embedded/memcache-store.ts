import { parseUint64 } from "./memcache-tokens.ts";

/** Longest key in bytes. */
export const MAX_KEY = 250;

/** An exptime beyond this many seconds (30 days) is a moment of the epoch, not a distance from now. */
const MAX_RELATIVE_EXPTIME = 60 * 60 * 24 * 30;

/** The expiry of an item that must be gone at the next look: long past, and not 0, which means never. */
const EXPIRED = 1;

/** What memcached 1.6 spends on an item beside key and value, its cas id included, in bytes. */
const ITEM_OVERHEAD = 48 + 8;

/** One entry. Times are whole seconds of the epoch. A value is replaced, never written to: replies hold it. */
export interface Item {
  readonly key: string;
  value: Buffer;
  flags: number;
  /** 0: never. */
  expires: number;
  cas: bigint;
  storedAt: number;
  usedAt: number;
  /** Read at least once since it was stored. */
  fetched: boolean;
  /** Marked by a meta delete with `I`: still served, but to be recached. */
  stale: boolean;
  /** A client has been told that it may recache. */
  won: boolean;
  /** The key came in base64 and goes out so. */
  readonly binaryKey: boolean;
}

export type StoreMode = "set" | "add" | "replace" | "append" | "prepend" | "cas";
export type StoreStatus = "stored" | "not_stored" | "exists" | "not_found" | "too_large" | "no_memory";

/** What a storage command asks for, beside key and value. */
export interface StoreRequest {
  readonly mode: StoreMode;
  readonly flags: number;
  readonly expires: number;
  /** The cas id that the stored item must have; for mode `cas`, and optional for `append` and `prepend`. */
  readonly cas?: bigint | undefined;
  /** The cas id to give to the item in place of the next one. */
  readonly explicitCas?: bigint | undefined;
  /** Mode `cas`: an id older than the item's stores nevertheless, as stale. */
  readonly allowStale?: boolean;
  readonly binaryKey?: boolean;
}

export type DeltaResult =
  | { readonly status: "ok"; readonly item: Item; readonly text: string }
  | { readonly status: "not_found" | "exists" | "non_numeric" | "no_memory" };

/** `now` gives ms of the epoch; sizes are bytes. */
export interface MemcacheStoreOptions {
  readonly maxBytes: number;
  readonly maxItem: number;
  readonly now: () => number;
}

/**
 * The items of one node: a map in the order of use, bounded by bytes; the least recently used goes first. An
 * expired item is found dead when it is next looked at. Semantics after memcached 1.6's items.c and memcached.c.
 */
export class MemcacheStore {
  readonly #items = new Map<string, Item>();
  readonly #options: MemcacheStoreOptions;
  #bytes = 0;
  #nextCas = 1n;
  #flushAt = 0;
  #evictions = 0;

  constructor(options: MemcacheStoreOptions) {
    this.#options = options;
  }

  /** Items held; some may be expired and not yet looked at. */
  get count(): number {
    return this.#items.size;
  }

  /** Bytes held, overhead included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Items dropped for want of room since the start. */
  get evictions(): number {
    return this.#evictions;
  }

  /** The present second of the epoch. */
  seconds(): number {
    return Math.floor(this.#options.now() / 1000);
  }

  /** The moment that a client's exptime (in seconds) means: 0 never, negative at once, over 30 days absolute. */
  expiryOf(exptime: number): number {
    if (exptime === 0) return 0;
    if (exptime < 0) return EXPIRED;
    return exptime > MAX_RELATIVE_EXPTIME ? exptime : this.seconds() + exptime;
  }

  /** The live item, without counting as a use of it. */
  peek(key: string): Item | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return undefined;
    if (!this.#isDead(item)) return item;
    this.#unlink(item);
    return undefined;
  }

  /** The live item, used now. */
  get(key: string): Item | undefined {
    const item = this.peek(key);
    if (item !== undefined) this.use(item);
    return item;
  }

  /** Counts as a fetch: the item becomes the last to be evicted. */
  use(item: Item): void {
    item.fetched = true;
    item.usedAt = this.seconds();
    this.#items.delete(item.key);
    this.#items.set(item.key, item);
  }

  /** Whether a value of `length` bytes can be taken under this key: `stored` if so. */
  admits(key: string, flags: number, length: number): "stored" | "too_large" | "no_memory" {
    const size = sizeOf(key, flags, length);
    if (size > this.#options.maxItem) return "too_large";
    return size > this.#options.maxBytes ? "no_memory" : "stored";
  }

  /** Carries out a storage command; the item is there when the status is `stored`. */
  store(key: string, value: Buffer, request: StoreRequest): { status: StoreStatus; item?: Item } {
    const old = this.peek(key);
    switch (request.mode) {
      case "set":
        return this.#put(key, value, request);
      case "add":
        if (old === undefined) return this.#put(key, value, request);
        this.use(old);
        return { status: "not_stored" };
      case "replace":
        return old === undefined ? { status: "not_stored" } : this.#put(key, value, request);
      case "cas":
        return old === undefined ? { status: "not_found" } : this.#compareAndSwap(old, value, request);
      default:
        return old === undefined ? { status: "not_stored" } : this.#extend(old, value, request);
    }
  }

  /** A new empty item without expiry, as a meta get with `N` makes on a miss; undefined if there is no room. */
  vivify(key: string, explicitCas?: bigint): Item | undefined {
    return this.#put(key, Buffer.alloc(0), { mode: "set", flags: 0, expires: 0, explicitCas }).item;
  }

  /** Removes what is stored under the key; false if nothing was. */
  delete(key: string): boolean {
    const item = this.peek(key);
    if (item !== undefined) this.#unlink(item);
    return item !== undefined;
  }

  /** Gives the item a new cas id: the next one, or the given. */
  renewCas(item: Item, explicitCas?: bigint): void {
    item.cas = explicitCas ?? this.#nextCas++;
  }

  /**
   * Adds to a decimal value, or takes from it: sums wrap at 2^64, differences stop at 0, and a shorter result is
   * padded with spaces to the old length. A `cas` other than 0 must be the item's. A longer result is another item, and
   * yet the old one is returned: as in memcached 1.6, an expiry that `ma` sets on it is lost.
   */
  delta(key: string, amount: bigint, up: boolean, cas = 0n, explicitCas?: bigint): DeltaResult {
    const item = this.peek(key);
    if (item === undefined) return { status: "not_found" };
    if (item.value.length === 0) return { status: "non_numeric" };
    if (cas !== 0n && item.cas !== cas) return { status: "exists" };
    const number = parseUint64(item.value.toString("latin1"));
    if (number === null) return { status: "non_numeric" };
    const result = up ? BigInt.asUintN(64, number + amount) : number > amount ? number - amount : 0n;
    const text = result.toString();
    if (text.length > item.value.length) {
      const { flags, expires } = item;
      const put = this.#put(key, Buffer.from(text), { mode: "set", flags, expires, explicitCas });
      if (put.item === undefined) return { status: "no_memory" };
      item.cas = put.item.cas;
      return { status: "ok", item, text };
    }
    item.value = Buffer.from(text.padEnd(item.value.length));
    this.renewCas(item, explicitCas);
    return { status: "ok", item, text };
  }

  /** Replaces the value by an empty one and the flags by 0, and keeps the item. */
  dropValue(item: Item): void {
    this.#bytes -= sizeOf(item.key, item.flags, item.value.length);
    item.value = Buffer.alloc(0);
    item.flags = 0;
    this.#bytes += sizeOf(item.key, 0, 0);
  }

  /** Invalidates all that is stored by then: now, or `delay` seconds from now (read as an exptime is). */
  flush(delay: number): void {
    if (delay > 0) {
      this.#flushAt = this.expiryOf(delay);
      return;
    }
    this.#flushAt = 0;
    this.#items.clear();
    this.#bytes = 0;
  }

  #isDead(item: Item): boolean {
    const now = this.seconds();
    if (item.expires !== 0 && item.expires <= now) return true;
    return this.#flushAt !== 0 && this.#flushAt <= now && item.storedAt < this.#flushAt;
  }

  #compareAndSwap(old: Item, value: Buffer, request: StoreRequest): { status: StoreStatus; item?: Item } {
    if (request.cas === old.cas) return this.#put(old.key, value, request);
    if (request.allowStale !== true || request.cas === undefined || request.cas > old.cas) {
      return { status: "exists" };
    }
    const put = this.#put(old.key, value, { ...request, expires: old.expires });
    if (put.item !== undefined) Object.assign(put.item, { stale: true, won: old.won });
    return put;
  }

  #extend(old: Item, value: Buffer, request: StoreRequest): { status: StoreStatus; item?: Item } {
    if (request.cas !== undefined && request.cas !== 0n && request.cas !== old.cas)
      return { status: "exists" };
    const whole = Buffer.concat(request.mode === "append" ? [old.value, value] : [value, old.value]);
    if (this.admits(old.key, old.flags, whole.length) !== "stored") return { status: "not_stored" };
    return this.#put(old.key, whole, { ...request, flags: old.flags, expires: old.expires });
  }

  #put(key: string, value: Buffer, request: StoreRequest): { status: StoreStatus; item?: Item } {
    const { flags, expires, explicitCas, binaryKey = false } = request;
    const status = this.admits(key, flags, value.length);
    if (status !== "stored") return { status };
    const old = this.#items.get(key);
    if (old !== undefined) this.#unlink(old);
    this.#makeRoom(sizeOf(key, flags, value.length));
    const now = this.seconds();
    const item: Item = {
      ...{ key, value, flags, expires, binaryKey, cas: explicitCas ?? this.#nextCas++ },
      ...{ storedAt: now, usedAt: now, fetched: false, stale: false, won: false },
    };
    this.#items.set(key, item);
    this.#bytes += sizeOf(key, flags, value.length);
    return { status, item };
  }

  #makeRoom(size: number): void {
    for (const item of this.#items.values()) {
      if (this.#bytes + size <= this.#options.maxBytes) return;
      if (!this.#isDead(item)) this.#evictions++;
      this.#unlink(item);
    }
  }

  #unlink(item: Item): void {
    this.#items.delete(item.key);
    this.#bytes -= sizeOf(item.key, item.flags, item.value.length);
  }
}

/** What an item takes, in bytes, by memcached's reckoning: flags of 0 and a `\r\n` after the value included. */
export function sizeOf(key: string, flags: number, length: number): number {
  return ITEM_OVERHEAD + key.length + 1 + (flags === 0 ? 0 : 4) + length + 2;
}
