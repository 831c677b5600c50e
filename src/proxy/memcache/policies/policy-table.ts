import type { Pool } from "../../../upstream/memcache/pool.ts";
import { hasPolicy, PoolPolicy } from "./pool-policy.ts";

/** Policy of each pool of a snapshot; null where no pool has any, so that nothing has to be looked up. */
export type Policies = ReadonlyMap<Pool, PoolPolicy> | null;

/** The policies of a thread's pools, kept across snapshots by the pools' names. */
export class PolicyTable {
  private byName = new Map<string, PoolPolicy>();

  /** Policies for the pools of a new snapshot. Those of pools that were there before are as before until `commit`. */
  prepare(pools: Iterable<Pool>): Policies {
    const all = [...pools];
    if (!all.some(hasPolicy)) return null;
    const policies = new Map(
      all.map((pool) => [pool, this.byName.get(pool.options.name) ?? new PoolPolicy(pool)]),
    );
    const find = finder(policies);
    for (const [pool, policy] of policies) if (policy.pool === pool) policy.configure(pool, find);
    return policies;
  }

  /** Takes what `prepare` has given into force. */
  commit(policies: Policies): void {
    const before = this.byName;
    this.byName = new Map();
    if (policies !== null) {
      const find = finder(policies);
      for (const [pool, policy] of policies) {
        policy.configure(pool, find);
        this.byName.set(pool.options.name, policy);
      }
    }
    for (const [name, policy] of before) if (!this.byName.has(name)) policy.retire();
  }
}

function finder(policies: ReadonlyMap<Pool, PoolPolicy>): (name: string) => PoolPolicy {
  const byName = new Map([...policies].map(([pool, policy]) => [pool.options.name, policy]));
  return (name) => {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`a pool is named that is not there: ${name}`);
    return found;
  };
}
