import {
  type Answer,
  BAD_CHUNK,
  BAD_FORMAT,
  MAX_ANNOUNCED,
  type MemcacheState,
  NO_MEMORY,
  type Outcome,
  TOO_LARGE,
} from "./memcache-command.ts";
import { refuseKey } from "./memcache-meta-key.ts";
import { printFlags } from "./memcache-meta-print.ts";
import {
  BAD_OPAQUE,
  isOpaqueTooLong,
  MAX_META_WORDS,
  type MetaRequest,
  parseMetaRequest,
} from "./memcache-meta-request.ts";
import type { StoreMode, StoreStatus } from "./memcache-store.ts";
import { parseInt32 } from "./memcache-tokens.ts";

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

/** `ms`: every storage command in one, by its mode and the cas id given. */
export function metaSet(state: MemcacheState, words: readonly string[]): Outcome {
  const [, text = "", size] = words;
  const length = size === undefined ? null : parseInt32(size);
  const refusal = refuseKey(text) ?? (size === undefined ? BAD_FORMAT : null);
  if (refusal !== null) return [refusal];
  if (words.length > MAX_META_WORDS) return ["CLIENT_ERROR options flags too long\r\n"];
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
): Answer {
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
