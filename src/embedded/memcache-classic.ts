import {
  BAD_CHUNK,
  BAD_FORMAT,
  type Command,
  MAX_ANNOUNCED,
  type MemcacheState,
  NO_MEMORY,
  NON_NUMERIC,
  type Outcome,
  TOO_LARGE,
} from "./memcache-command.ts";
import { type Item, MAX_KEY, type StoreMode, type StoreStatus } from "./memcache-store.ts";
import { parseInt32, parseUint32, parseUint64 } from "./memcache-tokens.ts";

const BAD_EXPTIME = "CLIENT_ERROR invalid exptime argument\r\n";
const BAD_DELTA = "CLIENT_ERROR invalid numeric delta argument\r\n";
const BAD_DELETE = "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n";

const STATUS_LINES: Record<StoreStatus, string> = {
  stored: "STORED\r\n",
  not_stored: "NOT_STORED\r\n",
  exists: "EXISTS\r\n",
  not_found: "NOT_FOUND\r\n",
  too_large: TOO_LARGE,
  no_memory: NO_MEMORY,
};

/**
 * The commands of the classic protocol that name a key, as memcached 1.6.18 speaks them: which mistakes are seen, in
 * which order, and with which words. With `noreply` as the last word even an error goes unsaid.
 */
export const CLASSIC_COMMANDS: ReadonlyMap<string, Command> = new Map([
  ["get", retrieval(false)],
  ["gets", retrieval(true)],
  ["gat", touchingRetrieval(false)],
  ["gats", touchingRetrieval(true)],
  ["set", storage("set")],
  ["add", storage("add")],
  ["replace", storage("replace")],
  ["append", storage("append")],
  ["prepend", storage("prepend")],
  ["cas", storage("cas")],
  ["incr", arithmetic(true)],
  ["decr", arithmetic(false)],
  ["touch", { min: 3, max: 4, run: touch }],
  ["delete", { min: 2, max: 4, run: remove }],
]);

/** The answer, or nothing if the line ends in `noreply`. */
export function unlessQuiet(words: readonly string[], line: string): [] | [string] {
  return words.at(-1) === "noreply" ? [] : [line];
}

function isTooLong(key: string): boolean {
  return key.length > MAX_KEY;
}

function retrieval(withCas: boolean): Command {
  return {
    min: 2,
    max: Number.POSITIVE_INFINITY,
    run({ store, stats }, words) {
      return fetchAll(words.slice(1), withCas, (key) => {
        const item = store.get(key);
        stats.add("cmd_get");
        stats.add(item === undefined ? "get_misses" : "get_hits");
        stats.addPrefix(key, "get", ...(item === undefined ? [] : (["hit"] as const)));
        return item;
      });
    },
  };
}

function touchingRetrieval(withCas: boolean): Command {
  return {
    min: 2,
    max: Number.POSITIVE_INFINITY,
    run({ store, stats }, words) {
      const exptime = parseInt32(words[1] ?? "");
      if (exptime === null) return [BAD_EXPTIME];
      return fetchAll(words.slice(2), withCas, (key) => {
        const item = store.get(key);
        if (item !== undefined) item.expires = store.expiryOf(exptime);
        stats.add("cmd_touch");
        stats.add(item === undefined ? "touch_misses" : "touch_hits");
        stats.addPrefix(key, "get", ...(item === undefined ? [] : (["hit"] as const)));
        return item;
      });
    },
  };
}

function fetchAll(
  keys: readonly string[],
  withCas: boolean,
  fetch: (key: string) => Item | undefined,
): Outcome {
  const answer: (string | Buffer)[] = [];
  for (const key of keys) {
    // Those before it have been fetched, and touched; their answer is lost.
    if (isTooLong(key)) return [BAD_FORMAT];
    const item = fetch(key);
    if (item === undefined) continue;
    const cas = withCas ? ` ${item.cas}` : "";
    answer.push(`VALUE ${key} ${item.flags} ${item.value.length}${cas}\r\n`, item.value, "\r\n");
  }
  answer.push("END\r\n");
  return answer;
}

function storage(mode: StoreMode): Command {
  const words = mode === "cas" ? 6 : 5;
  return { min: words, max: words + 1, run: (state, line) => beginStore(state, mode, line) };
}

function beginStore({ store, stats }: MemcacheState, mode: StoreMode, words: readonly string[]): Outcome {
  const key = words[1] ?? "";
  const flags = parseUint32(words[2] ?? "");
  const exptime = parseInt32(words[3] ?? "");
  const length = parseInt32(words[4] ?? "");
  const cas = mode === "cas" ? parseUint64(words[5] ?? "") : undefined;
  if (isTooLong(key) || flags === null || exptime === null || length === null || cas === null) {
    return unlessQuiet(words, BAD_FORMAT);
  }
  if (length < 0 || length > MAX_ANNOUNCED) return unlessQuiet(words, BAD_FORMAT);
  stats.addPrefix(key, "set");
  const admitted = store.admits(key, flags, length);
  if (admitted !== "stored") {
    // An old value must not outlive the attempt to replace it.
    if (mode === "set") store.delete(key);
    return { answer: unlessQuiet(words, STATUS_LINES[admitted]), skip: length + 2 };
  }
  return {
    length,
    complete(value) {
      stats.add("cmd_set");
      if (value === null) return unlessQuiet(words, BAD_CHUNK);
      const { status } = store.store(key, value, { mode, flags, expires: store.expiryOf(exptime), cas });
      if (status === "stored") stats.add("total_items");
      if (mode === "cas") countCas({ store, stats }, status);
      return unlessQuiet(words, STATUS_LINES[status]);
    },
  };
}

function countCas({ stats }: MemcacheState, status: StoreStatus): void {
  if (status === "stored") stats.add("cas_hits");
  else stats.add(status === "exists" ? "cas_badval" : "cas_misses");
}

function arithmetic(up: boolean): Command {
  const verb = up ? "incr" : "decr";
  return {
    min: 3,
    max: 4,
    run({ store, stats }, words) {
      const key = words[1] ?? "";
      if (isTooLong(key)) return unlessQuiet(words, BAD_FORMAT);
      const amount = parseUint64(words[2] ?? "");
      if (amount === null) return unlessQuiet(words, BAD_DELTA);
      const result = store.delta(key, amount, up);
      if (result.status === "ok") stats.add(`${verb}_hits`);
      if (result.status === "not_found") stats.add(`${verb}_misses`);
      switch (result.status) {
        case "ok":
          return unlessQuiet(words, `${result.text}\r\n`);
        case "not_found":
          return unlessQuiet(words, "NOT_FOUND\r\n");
        case "no_memory":
          return unlessQuiet(words, "SERVER_ERROR out of memory\r\n");
        default:
          return unlessQuiet(words, NON_NUMERIC);
      }
    },
  };
}

function touch({ store, stats }: MemcacheState, words: readonly string[]): Outcome {
  const key = words[1] ?? "";
  if (isTooLong(key)) return unlessQuiet(words, BAD_FORMAT);
  const exptime = parseInt32(words[2] ?? "");
  if (exptime === null) return unlessQuiet(words, BAD_EXPTIME);
  const item = store.get(key);
  if (item !== undefined) item.expires = store.expiryOf(exptime);
  stats.add("cmd_touch");
  stats.add(item === undefined ? "touch_misses" : "touch_hits");
  return unlessQuiet(words, item === undefined ? "NOT_FOUND\r\n" : "TOUCHED\r\n");
}

/** `delete` once took a time; of that only a 0 is still accepted. */
function remove({ store, stats }: MemcacheState, words: readonly string[]): Outcome {
  const [, key = "", ...rest] = words;
  const quiet = rest.at(-1) === "noreply";
  const times = quiet ? rest.slice(0, -1) : rest;
  if (times.length > 1 || (times.length === 1 && times[0] !== "0")) return unlessQuiet(words, BAD_DELETE);
  if (isTooLong(key)) return unlessQuiet(words, BAD_FORMAT);
  stats.addPrefix(key, "del");
  const removed = store.delete(key);
  stats.add(removed ? "delete_hits" : "delete_misses");
  return quiet ? [] : [removed ? "DELETED\r\n" : "NOT_FOUND\r\n"];
}
