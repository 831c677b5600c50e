import type { Pool } from "../upstream/pool.ts";

/** Key → pool, by the longest prefix that the key begins with. Immutable; a reload makes another. */
export class Router {
  readonly fallback: Pool;
  /** All pools that keys can go to, each once. */
  readonly pools: readonly Pool[];
  private readonly routes: readonly { readonly prefix: Buffer; readonly pool: Pool }[];

  constructor(fallback: Pool, routes: readonly { readonly prefix: string; readonly pool: Pool }[]) {
    this.fallback = fallback;
    this.routes = routes
      .map(({ prefix, pool }) => ({ prefix: Buffer.from(prefix), pool }))
      .sort((a, b) => b.prefix.length - a.prefix.length);
    this.pools = [...new Set([fallback, ...routes.map(({ pool }) => pool)])];
  }

  poolFor(bytes: Uint8Array, start: number, end: number): Pool {
    const { routes } = this;
    for (let i = 0; i < routes.length; i++) {
      const { prefix, pool } = routes[i]!;
      if (startsWith(bytes, start, end, prefix)) return pool;
    }
    return this.fallback;
  }
}

function startsWith(bytes: Uint8Array, start: number, end: number, prefix: Buffer): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (bytes[start + i] !== prefix[i]) return false;
  }
  return true;
}
