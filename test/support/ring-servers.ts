import type { RingServer } from "../../src/ring/ring-options.ts";

/** Servers named `server0`, `server1` ... with these weights. */
export function namedServers(weights: readonly number[]): RingServer[] {
  return weights.map((weight, i) => ({
    address: { host: `10.0.0.${i + 1}`, port: 11211 },
    name: `server${i}`,
    weight,
  }));
}

/** `count` equal servers. */
export function equalServers(count: number): RingServer[] {
  return namedServers(Array<number>(count).fill(1));
}
