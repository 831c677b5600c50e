import type { MemcacheState } from "./memcache-command.ts";
import { printKey } from "./memcache-meta-key.ts";
import type { MetaRequest } from "./memcache-meta-request.ts";
import type { Item } from "./memcache-store.ts";

/**
 * The flags of an answer in the order of the request, each with a space before it: what `print` gives for a flag, and
 * where it gives null, `O` and `k` as they came.
 */
export function printFlags(
  request: MetaRequest,
  print: (token: string) => string | null = () => null,
): string {
  let text = "";
  for (const token of request.flags.tokens) {
    const printed = print(token) ?? echo(request, token);
    if (printed !== null) text += ` ${printed}`;
  }
  return text;
}

/** The flag `t`: the seconds an item has left, -1 if it never expires. */
export function printTtl({ store }: MemcacheState, item: Item): string {
  return item.expires === 0 ? "t-1" : `t${Math.max(0, item.expires - store.seconds())}`;
}

function echo({ key, binary }: MetaRequest, token: string): string | null {
  if (token.startsWith("O")) return token;
  return token.startsWith("k") ? `k${printKey(key, binary)}` : null;
}
