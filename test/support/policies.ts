import type { Test } from "tap";
import { POOL } from "../../src/observe/metric-layout.ts";
import type { PoolOptions } from "../../src/upstream/pool-options.ts";
import { FakeClock } from "./fake-clock.ts";
import { expectNothingBuffered } from "./nothing-buffered.ts";
import { namedServers, type PlaneOptions, startPlane } from "./plane.ts";
import { poolOptions } from "./pools.ts";
import { ScriptedServer } from "./scripted-server.ts";
import { WireClient } from "./wire-client.ts";

/**
 * A plane whose pool has the policies given, over one scripted server `s0`, beside further pools of one server each.
 * Time stands still until the test moves it.
 */
export async function startPolicies<N extends string = never>(
  t: Test,
  policies: Partial<PoolOptions>,
  { others = [], ...options }: PlaneOptions & { readonly others?: readonly N[] } = {},
) {
  const clock = new FakeClock();
  const server = await ScriptedServer.start(t);
  const more = {} as Record<N, ScriptedServer>;
  for (const name of others) more[name] = await ScriptedServer.start(t);
  const pools = others.map((name) => otherPool(name, more[name]));
  const plane = await startPlane(t, [server.address], {
    ...options,
    pool: policies,
    pools: [...pools, ...(options.pools ?? [])],
    clock,
  });
  expectNothingBuffered(t, plane);
  const connect = async (): Promise<WireClient> => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  const count = (name: keyof typeof POOL, pool = "pool"): number => plane.block("pool", pool)[POOL[name]]!;
  return { clock, server, others: more, plane, connect, count };
}

/** A pool of that name over one server. */
export function otherPool(
  name: string,
  server: ScriptedServer,
  more: Partial<PoolOptions> = {},
): PoolOptions {
  return poolOptions(name, namedServers([server.address]), {
    timeout: 10_000,
    connect_timeout: 10_000,
    ...more,
  });
}

/** The reply to a get of one key that is there. */
export function value(key: string, data: string, flags = 0): string {
  return `VALUE ${key} ${flags} ${data.length}\r\n${data}\r\nEND\r\n`;
}
