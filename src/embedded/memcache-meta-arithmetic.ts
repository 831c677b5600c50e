import { type MemcacheState, NON_NUMERIC, type Outcome } from "./memcache-command.ts";
import { printFlags, printTtl } from "./memcache-meta-print.ts";
import type { MetaRequest } from "./memcache-meta-request.ts";
import type { Item } from "./memcache-store.ts";

const DELTA_MODES: ReadonlyMap<string, boolean> = new Map([
  ["I", true],
  ["+", true],
  ["D", false],
  ["-", false],
]);

/** `ma`: counts up or down, and starts a count that is missing. */
export function metaArithmetic(state: MemcacheState, request: MetaRequest): Outcome {
  const { store, stats } = state;
  const { flags, key } = request;
  const up = DELTA_MODES.get(flags.mode ?? "I");
  if (up === undefined) return ["CLIENT_ERROR invalid mode for ma M token\r\n"];
  const result = store.delta(key, flags.delta ?? 1n, up, flags.cas, flags.explicitCas);
  if (result.status === "ok") stats.add(up ? "incr_hits" : "decr_hits");
  if (result.status === "not_found") stats.add(up ? "incr_misses" : "decr_misses");
  switch (result.status) {
    case "ok": {
      const printed = printNumber(state, request, result.item, result.text, false);
      return flags.letters.has("q") ? [] : printed;
    }
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
        return printTtl(state, item);
      case "c":
        return `c${item.cas}`;
      default:
        return null;
    }
  });
  return [request.flags.letters.has("v") ? `VA ${text.length}${printed}\r\n${text}\r\n` : `HD${printed}\r\n`];
}
