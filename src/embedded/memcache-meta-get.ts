import type { MemcacheState, Outcome } from "./memcache-command.ts";
import { printKey } from "./memcache-meta-key.ts";
import { printFlags, printTtl } from "./memcache-meta-print.ts";
import type { MetaRequest } from "./memcache-meta-request.ts";
import type { Item } from "./memcache-store.ts";

/** `mg`: fetches, touches, creates what is missing, and decides which client recaches. */
export function metaGet(state: MemcacheState, request: MetaRequest): Outcome {
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
        return printTtl(state, item);
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
