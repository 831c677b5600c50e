import { keyMovement } from "../../src/ring/movement.ts";
import { createRing, type Ring } from "../../src/ring/ring.ts";
import type { RingOptions, RingServer } from "../../src/ring/ring-options.ts";

/** How the names of keys look in the wild: `count` keys that differ only where such keys do. */
export const keyShapes: Readonly<Record<string, (index: number) => string>> = {
  "user-100001": (index) => `user-${100_001 + index}`,
  "/items/1": (index) => `/items/${index + 1}`,
  "session:<32 hex digits>": (index) =>
    `session:${((index * 2_654_435_761) >>> 0).toString(16).padStart(8, "0").repeat(4)}`,
};

/** Sets of servers over which the spread is judged. */
const serverSets = 25;

/** Equal servers at successive addresses, as a StatefulSet or a list in a file has them; each `set` has its own. */
export function equalServers(count: number, set = 0): RingServer[] {
  return Array.from({ length: count }, (_, index) => ({
    address: { host: `10.0.${set}.${index + 1}`, port: 11_211 },
    weight: 1,
  }));
}

/**
 * How much more than its share the fullest of `servers` equal servers gets of keys of one shape, in the worst of some
 * sets of servers: 1 is even. Of 1,000 keys per server, chance alone makes about 1.07 for four servers.
 */
export function worstShare(options: RingOptions, servers: number, shape: (index: number) => string): number {
  const perServer = 1000;
  const keys = Array.from({ length: perServer * servers }, (_, index) => Buffer.from(shape(index)));
  let most = 0;
  for (let set = 0; set < serverSets; set++) {
    const { locate } = createRing(options, equalServers(servers, set));
    const held = new Array<number>(servers).fill(0);
    for (const key of keys) held[locate(key, 0, key.length)]! += 1;
    most = Math.max(most, ...held);
  }
  return most / perServer;
}

/** Share of all keys that change between two servers that both stay, where one more joins `servers` equal ones. */
export function needlessMovement(options: RingOptions, servers: number): number {
  const label = ({ address }: RingServer): string => ("host" in address ? address.host : address.path);
  const [few, more] = [equalServers(servers), equalServers(servers + 1)];
  const labelled = (ring: Ring, of: readonly RingServer[]) => ({ locate: ring.locate, ids: of.map(label) });
  const { moves } = keyMovement(
    labelled(createRing(options, few), few),
    labelled(createRing(options, more), more),
  );
  const joined = label(more.at(-1)!);
  return moves.filter(({ to }) => to !== joined).reduce((sum, { share }) => sum + share, 0);
}
