import { createRequire } from "node:module";
import type HashRingPackage from "hashring";
import { Continuum } from "./continuum.ts";
import type { Member } from "./member.ts";
import type { Placement } from "./placement.ts";

const requirePackage = createRequire(import.meta.url);

/**
 * The ring of the npm package hashring 3.2, which node-memcached uses too, with 40 digests (160 points) per server.
 * The package lays it out; keys are looked up here, since its own `get` fails on keys such as `constructor`.
 */
export function createHashring(members: readonly Member[]): Placement {
  const live = members.filter((member) => member.live);
  const indexes = new Map(live.map(({ name, index }) => [name, index]));
  const servers = Object.fromEntries(live.map(({ name, weight }) => [name, { weight, vnodes: 0 }]));
  // Loaded by whoever uses it: it pulls in all of Node's cryptography.
  const HashRing = requirePackage("hashring") as typeof HashRingPackage;
  const continuum = new Continuum();
  for (const { value, server } of new HashRing(servers, "md5").ring) {
    continuum.add(value, indexes.get(server)!);
  }
  return continuum.toPlacement();
}
