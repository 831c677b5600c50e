import type { Command, MemcacheState, Outcome } from "./memcache-command.ts";
import {
  BAD_CHUNK,
  BAD_FORMAT,
  MAX_ANNOUNCED,
  NO_MEMORY,
  NON_NUMERIC,
  TOO_LARGE,
} from "./memcache-command.ts";
import { decodeKey, printKey, refuseKey } from "./memcache-meta-key.ts";
import { isOpaqueTooLong, type MetaRequest, parseMetaRequest } from "./memcache-meta-request.ts";
import { type Item, MAX_KEY, type StoreMode, type StoreStatus, sizeOf } from "./memcache-store.ts";
import { parseInt32 } from "./memcache-tokens.ts";

/**
 * The meta protocol, as memcached 1.6.18 speaks it, and from later versions the flags `E` (give this cas id) and `x`
 * (a meta delete drops the value, not the item).
 */
const BAD_OPAQUE = "CLIENT_ERROR opaque token too long\r\n";
const BAD_FLAG = "CLIENT_ERROR invalid or duplicate flag\r\n";

/** Most words of a meta command. */
const MAX_WORDS = 19;
const ANY = Number.POSITIVE_INFINITY;

const STORE_MODES: ReadonlyMap<string, StoreMode> = new Map([
  ["E", "add"],
  ["A", "append"],
  ["P", "prepend"],
  ["R", "replace"],
  ["S", "set"],
]);

const STATUS_CODES: Record<StoreStatus, string> = {
  stored: "HD",
  not_stored: "NS",
  exists: "EX",
  not_found: "NF",
  too_large: TOO_LARGE,
  no_memory: NO_MEMORY,
};

const DELTA_MODES: ReadonlyMap<string, boolean> = new Map([
  ["I", true],
  ["+", true],
  ["D", false],
  ["-", false],
]);

/** The meta commands that name a key; `mn` is a command of the server. */
export const META_COMMANDS: ReadonlyMap<string, Command> = new Map([
  ["mg", { min: 2, max: ANY, run: withKey("options flags are too long", null, metaGet) }],
  ["ms", { min: 2, max: ANY, run: metaSet }],
  ["md", { min: 2, max: ANY, run: withKey("options flags too long", BAD_FLAG, metaDelete) }],
  ["ma", { min: 2, max: ANY, run: withKey("options flags too long", BAD_FLAG, metaArithmetic) }],
  ["me", { min: 1, max: ANY, run: metaDebug }],
]);

type Run = (state: MemcacheState, request: MetaRequest) => Outcome;

/** The steps that come before every command without a value; `flagError` replaces what was wrong with a flag. */
function withKey(tooMany: string, flagError: string | null, run: Run): Command["run"] {
  return (state, words) => {
    const refusal = refuseKey(words[1] ?? "");
    if (refusal !== null) return [refusal];
    if (words.length > MAX_WORDS) return [`CLIENT_ERROR ${tooMany}\r\n`];
    const request = parseMetaRequest(words[1] ?? "", words.slice(2));
    if (typeof request === "string") return [flagError ?? request];
    if (isOpaqueTooLong(request.flags)) return [BAD_OPAQUE];
    state.stats.add("cmd_meta");
    return run(state, request);
  };
}

/** What `O` and `k` ask for, and whatever `other` gives for the rest of the flags, each with a space before it. */
function printFlags(request: MetaRequest, other: (token: string) => string | null = () => null): string {
  let text = "";
  for (const token of request.flags.tokens) {
    const echo = token.startsWith("O")
      ? token
      : token.startsWith("k")
        ? `k${printRequestKey(request)}`
        : null;
    const given = other(token) ?? echo;
    if (given !== null) text += ` ${given}`;
  }
  return text;
}

function printRequestKey({ key, binary }: MetaRequest): string {
  return printKey(key, binary);
}

function ttl({ store }: MemcacheState, item: Item): string {
  return item.expires === 0 ? "t-1" : `t${Math.max(0, item.expires - store.seconds())}`;
}

function metaGet(state: MemcacheState, request: MetaRequest): Outcome {
  const { store, stats } = state;
  const { letters, vivify, explicitCas } = request.flags;
  let item = store.peek(request.key);
  stats.add("cmd_get");
  stats.add(item === undefined ? "get_misses" : "get_hits");
  const created = item === undefined && vivify !== undefined;
  if (created) item = store.vivify(request.key, explicitCas);
  if (item === undefined) return letters.has("q") ? [] : [`EN${printFlags(request)}\r\n`];

  const printed = printItem(state, request, item, created);
  if (!letters.has("u")) store.use(item);
  return letters.has("v")
    ? [`VA ${item.value.length}${printed}\r\n`, item.value, "\r\n"]
    : [`HD${printed}\r\n`];
}

/** Carries out and prints the flags of a meta get in their order, then says who may recache. */
function printItem(state: MemcacheState, request: MetaRequest, item: Item, created: boolean): string {
  const { store } = state;
  const now = store.seconds();
  let wins = created;
  let text = printFlags(request, (token) => {
    switch (token.charAt(0)) {
      case "T":
        item.expires = store.expiryOf(request.flags.exptime ?? 0);
        return null;
      case "N":
        if (created) item.expires = store.expiryOf(request.flags.vivify ?? 0);
        return null;
      case "R":
        wins ||= !item.won && isNearExpiry(state, item, request.flags.recache ?? 0);
        return null;
      case "s":
        return `s${item.value.length}`;
      case "t":
        return ttl(state, item);
      case "c":
        return `c${item.cas}`;
      case "f":
        return `f${item.flags}`;
      case "l":
        return `l${now - item.usedAt}`;
      case "h":
        return item.fetched ? "h1" : "h0";
      case "k":
        return `k${printKey(item.key, item.binaryKey)}`;
      default:
        return null;
    }
  });
  // A token already handed out is told before the new one is, so that no one sees both.
  if (item.won) text += " Z";
  if (item.stale) text += " X";
  if (item.stale && !item.won) wins = true;
  if (!wins) return text;
  item.won = true;
  return `${text} W`;
}

function isNearExpiry({ store }: MemcacheState, item: Item, recache: number): boolean {
  return item.expires !== 0 && item.expires < store.expiryOf(recache);
}

function metaSet(state: MemcacheState, words: readonly string[]): Outcome {
  const [, text = "", size] = words;
  const length = size === undefined ? null : parseInt32(size);
  const refusal = refuseKey(text) ?? (size === undefined ? BAD_FORMAT : null);
  if (refusal !== null) return [refusal];
  if (words.length > MAX_WORDS) return ["CLIENT_ERROR options flags too long\r\n"];
  if (length === null || length < 0 || length > MAX_ANNOUNCED) return [BAD_FORMAT];

  const refuse = (line: string): Outcome => ({ answer: [line], skip: length + 2 });
  const request = parseMetaRequest(text, words.slice(3));
  if (typeof request === "string") return refuse(request);
  const { flags, key } = request;
  const asked = STORE_MODES.get(flags.mode ?? "S");
  if (asked === undefined) return refuse("CLIENT_ERROR invalid mode for ms M token\r\n");
  if (isOpaqueTooLong(flags)) return refuse(BAD_OPAQUE);
  const admitted = state.store.admits(key, flags.clientFlags ?? 0, length);
  if (admitted !== "stored") {
    state.store.delete(key);
    return refuse(STATUS_CODES[admitted]);
  }
  const mode = flags.cas !== undefined && (asked === "set" || asked === "replace") ? "cas" : asked;
  return { length, complete: (value) => finishSet(state, request, mode, value) };
}

function finishSet(
  { store, stats }: MemcacheState,
  request: MetaRequest,
  mode: StoreMode,
  value: Buffer | null,
) {
  const { flags, key, binary } = request;
  stats.add("cmd_meta");
  stats.add("cmd_set");
  if (value === null) return [BAD_CHUNK];
  const { status, item } = store.store(key, value, {
    mode,
    flags: flags.clientFlags ?? 0,
    expires: store.expiryOf(flags.exptime ?? 0),
    cas: flags.cas,
    explicitCas: flags.explicitCas,
    allowStale: flags.letters.has("I"),
    binaryKey: binary,
  });
  if (status === "stored") stats.add("total_items");
  if (status === "stored" && flags.letters.has("q")) return [];
  const printed = printFlags(request, (token) => (token.startsWith("c") ? `c${item?.cas ?? 0}` : null));
  return [`${STATUS_CODES[status]}${printed}\r\n`];
}

function metaDelete({ store, stats }: MemcacheState, request: MetaRequest): Outcome {
  const { letters, cas, exptime, explicitCas } = request.flags;
  const printed = printFlags(request);
  const item = store.peek(request.key);
  const matches = item !== undefined && (cas === undefined || cas === item.cas);
  stats.add(matches ? "delete_hits" : "delete_misses");
  if (item === undefined) return [`NF${printed}\r\n`];
  if (!matches) return [`EX${printed}\r\n`];
  if (letters.has("x")) store.dropValue(item);
  if (letters.has("I")) {
    if (exptime !== undefined) item.expires = store.expiryOf(exptime);
    Object.assign(item, { stale: true, won: false });
  }
  if (letters.has("I") || letters.has("x")) store.renewCas(item, explicitCas);
  else store.delete(request.key);
  return letters.has("q") ? [] : [`HD${printed}\r\n`];
}

function metaArithmetic(state: MemcacheState, request: MetaRequest): Outcome {
  const { store, stats } = state;
  const { flags, key } = request;
  const up = DELTA_MODES.get(flags.mode ?? "I");
  if (up === undefined) return ["CLIENT_ERROR invalid mode for ma M token\r\n"];
  const result = store.delta(key, flags.delta ?? 1n, up, flags.cas, flags.explicitCas);
  if (result.status === "ok") stats.add(up ? "incr_hits" : "decr_hits");
  if (result.status === "not_found") stats.add(up ? "incr_misses" : "decr_misses");
  switch (result.status) {
    case "ok":
      return flags.letters.has("q") ? [] : printNumber(state, request, result.item, result.text, false);
    case "exists":
      return [`EX${printFlags(request)}\r\n`];
    case "non_numeric":
      return [NON_NUMERIC];
    case "no_memory":
      return ["SERVER_ERROR out of memory\r\n"];
    default:
      return flags.vivify === undefined ? [`NF${printFlags(request)}\r\n`] : vivifyNumber(state, request);
  }
}

function vivifyNumber(state: MemcacheState, request: MetaRequest): Outcome {
  const { store } = state;
  const { initial = 0n, explicitCas } = request.flags;
  const text = initial.toString();
  const { item } = store.store(request.key, Buffer.from(text), {
    mode: "add",
    flags: 0,
    expires: 0,
    explicitCas,
  });
  if (item === undefined) return ["SERVER_ERROR Out of memory allocating new item\r\n"];
  return printNumber(state, request, item, text, true);
}

function printNumber(
  state: MemcacheState,
  request: MetaRequest,
  item: Item,
  text: string,
  created: boolean,
): Outcome {
  const printed = printFlags(request, (token) => {
    switch (token.charAt(0)) {
      case "T":
        item.expires = state.store.expiryOf(request.flags.exptime ?? 0);
        return null;
      case "N":
        if (created) item.expires = state.store.expiryOf(request.flags.vivify ?? 0);
        return null;
      case "t":
        return ttl(state, item);
      case "c":
        return `c${item.cas}`;
      default:
        return null;
    }
  });
  return [request.flags.letters.has("v") ? `VA ${text.length}${printed}\r\n${text}\r\n` : `HD${printed}\r\n`];
}

function metaDebug({ store }: MemcacheState, words: readonly string[]): Outcome {
  const [, text, flag] = words;
  if (text === undefined || text.length > MAX_KEY) return [BAD_FORMAT];
  const key = flag === "b" ? decodeKey(text) : text;
  if (key === null) return [BAD_FORMAT];
  const item = store.peek(key);
  if (item === undefined) return ["EN\r\n"];
  const name = item.binaryKey ? Buffer.from(key, "latin1").toString("base64") : key;
  const now = store.seconds();
  const expiry = item.expires === 0 ? -1 : now - item.expires;
  const size = sizeOf(item.key, item.flags, item.value.length);
  const seen = `la=${now - item.usedAt} cas=${item.cas} fetch=${item.fetched ? "yes" : "no"}`;
  return [`ME ${name} exp=${expiry} ${seen} cls=1 size=${size}\r\n`];
}
