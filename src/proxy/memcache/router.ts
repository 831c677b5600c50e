import type { Pool } from "../../upstream/memcache/pool.ts";
import { type Priority, priorities } from "../priority.ts";
import type { Policies } from "./policies/policy-table.ts";
import type { PoolPolicy } from "./policies/pool-policy.ts";

/** Key → pool, by the longest prefix that the key begins with. Immutable; a reload makes another. */
export class Router {
  readonly fallback: Pool;
  /** All pools that keys can go to, each once. */
  readonly pools: readonly Pool[];
  /** Number of the priority that its requests have. */
  readonly priority: number;
  private readonly policies: Policies;
  private readonly routes: readonly { readonly prefix: Buffer; readonly pool: Pool }[];

  /** `policies` has all these pools, or is null where none of them does more than forward. */
  constructor(
    fallback: Pool,
    routes: readonly { readonly prefix: string; readonly pool: Pool }[],
    policies: Policies = null,
    priority: Priority = "normal",
  ) {
    this.priority = priorities.indexOf(priority);
    this.fallback = fallback;
    this.policies = policies;
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

  /** What handles the requests of a pool; null: they go straight to its servers. */
  policyOf(pool: Pool): PoolPolicy | null {
    if (this.policies === null) return null;
    const policy = this.policies.get(pool)!;
    return policy.active ? policy : null;
  }

  /** The policies of these keys' pools, active or not, if one of them is active; else null. */
  policiesOf(bytes: Uint8Array, bounds: Int32Array, first: number, count: number): PoolPolicy[] | null {
    if (this.policies === null) return null;
    const found: PoolPolicy[] = [];
    for (let i = first; i < first + count; i++) {
      found.push(this.policies.get(this.poolFor(bytes, bounds[2 * i]!, bounds[2 * i + 1]!))!);
    }
    return found.some((policy) => policy.active) ? found : null;
  }

  /** The policies of all pools that keys can go to, as far as there are any. */
  activePolicies(): PoolPolicy[] {
    return this.pools.map((pool) => this.policyOf(pool)).filter((policy) => policy !== null);
  }
}

function startsWith(bytes: Uint8Array, start: number, end: number, prefix: Buffer): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (bytes[start + i] !== prefix[i]) return false;
  }
  return true;
}
