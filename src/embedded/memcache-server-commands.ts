import { unlessQuiet } from "./memcache-classic.ts";
import { BAD_FORMAT, type Command, type MemcacheState, type Outcome } from "./memcache-command.ts";
import { parseInt32, parseUint32 } from "./memcache-tokens.ts";

/** What the node says of its version: its own, in the form clients expect of memcached. */
export const VERSION = "1.6.0-podmate";

/** One more than the highest slab class of memcached. */
const SLAB_CLASSES = 64;

const BAD_LINE = "CLIENT_ERROR bad command line\r\n";
const ANY = Number.POSITIVE_INFINITY;

/** The commands that concern the node as a whole. */
export const SERVER_COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["version", { min: 1, max: ANY, run: () => [`VERSION ${VERSION}\r\n`] }],
  ["quit", { min: 1, max: ANY, run: () => "close" }],
  ["mn", { min: 1, max: ANY, run: () => ["MN\r\n"] }],
  ["verbosity", { min: 2, max: 3, run: verbosity }],
  ["flush_all", { min: 1, max: 3, run: flushAll }],
  ["slabs", { min: 1, max: ANY, run: slabs }],
  ["shutdown", { min: 1, max: ANY, run: () => ["ERROR: shutdown not enabled\r\n"] }],
  ["stats", { min: 1, max: ANY, run: stats }],
]);

/** Accepted and without effect: the node prints nothing. */
function verbosity(_state: MemcacheState, words: readonly string[]): Outcome {
  return unlessQuiet(words, parseUint32(words[1] ?? "") === null ? BAD_FORMAT : "OK\r\n");
}

function flushAll({ store, stats }: MemcacheState, words: readonly string[]): Outcome {
  stats.add("cmd_flush");
  const quiet = words.at(-1) === "noreply";
  const hasDelay = words.length > (quiet ? 2 : 1);
  const delay = hasDelay ? parseInt32(words[1] ?? "") : 0;
  if (delay === null) return unlessQuiet(words, "CLIENT_ERROR invalid exptime argument\r\n");
  store.flush(delay);
  return unlessQuiet(words, "OK\r\n");
}

/** Memory is not kept in slabs here; the setting is checked as memcached checks it and has no effect. */
function slabs(_state: MemcacheState, words: readonly string[]): Outcome {
  if (words[1] !== "automove" || words.length < 3) return ["ERROR\r\n"];
  const level = parseUint32(words[2] ?? "");
  if (level === null) return unlessQuiet(words, BAD_FORMAT);
  return unlessQuiet(words, level <= 2 ? "OK\r\n" : "ERROR\r\n");
}

function stats(state: MemcacheState, words: readonly string[]): Outcome {
  switch (words[1]) {
    case undefined:
      return statLines(generalStats(state));
    case "settings":
      return statLines([
        ["cas_enabled", "yes"],
        ["evictions", "on"],
        ["detail_enabled", state.stats.detail ? "yes" : "no"],
      ]);
    case "items":
    case "slabs":
    case "conns":
      return statLines([]);
    case "sizes":
      return statLines([["sizes_status", "disabled"]]);
    case "reset":
      state.stats.reset();
      return ["RESET\r\n"];
    case "detail":
      return detail(state, words[2]);
    case "cachedump":
      return cachedump(words);
    default:
      return ["ERROR\r\n"];
  }
}

function generalStats({ store, stats }: MemcacheState): [string, string][] {
  return [
    ["pid", String(process.pid)],
    ["uptime", String(Math.floor(process.uptime()))],
    ["time", String(store.seconds())],
    ["version", VERSION],
    ["pointer_size", "64"],
    ...stats.entries(),
    ["curr_items", String(store.count)],
    ["bytes", String(store.bytes)],
    ["evictions", String(store.evictions)],
  ];
}

function statLines(entries: readonly [string, string][]): Outcome {
  return [...entries.map(([name, value]) => `STAT ${name} ${value}\r\n`), "END\r\n"];
}

function detail({ stats }: MemcacheState, verb: string | undefined): Outcome {
  if (verb === "dump") return [`${stats.prefixLines()}END\r\n`];
  if (verb !== "on" && verb !== "off") return ["CLIENT_ERROR usage: stats detail on|off|dump\r\n"];
  stats.detail = verb === "on";
  return ["OK\r\n"];
}

function cachedump(words: readonly string[]): Outcome {
  if (words.length < 4) return [BAD_LINE];
  const slabClass = parseUint32(words[2] ?? "");
  if (slabClass === null || parseUint32(words[3] ?? "") === null) return [BAD_FORMAT];
  return [slabClass < SLAB_CLASSES ? "END\r\n" : "CLIENT_ERROR Illegal slab id\r\n"];
}
