import { BAD_FORMAT, type Command, type MemcacheState, type Outcome } from "./memcache-command.ts";
import { metaArithmetic } from "./memcache-meta-arithmetic.ts";
import { metaGet } from "./memcache-meta-get.ts";
import { decodeKey, refuseKey } from "./memcache-meta-key.ts";
import { printFlags } from "./memcache-meta-print.ts";
import {
  BAD_OPAQUE,
  isOpaqueTooLong,
  MAX_META_WORDS,
  type MetaRequest,
  parseMetaRequest,
} from "./memcache-meta-request.ts";
import { metaSet } from "./memcache-meta-set.ts";
import { MAX_KEY, sizeOf } from "./memcache-store.ts";

const BAD_FLAG = "CLIENT_ERROR invalid or duplicate flag\r\n";
const ANY = Number.POSITIVE_INFINITY;

/**
 * The meta commands that name a key, as memcached 1.6.18 speaks them, and from later versions the flags `E` (give this cas
 * id) and `x` (a meta delete drops the value, not the item). `mn` is a command of the server.
 */
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
    if (words.length > MAX_META_WORDS) return [`CLIENT_ERROR ${tooMany}\r\n`];
    const request = parseMetaRequest(words[1] ?? "", words.slice(2));
    if (typeof request === "string") return [flagError ?? request];
    if (isOpaqueTooLong(request.flags)) return [BAD_OPAQUE];
    state.stats.add("cmd_meta");
    return run(state, request);
  };
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
