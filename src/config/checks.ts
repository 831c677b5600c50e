import { isIPv6, SocketAddress } from "node:net";
import { type Address, formatAddress } from "../core/address.ts";
import { nearest } from "../core/nearest.ts";
import { distributionTable } from "../ring/distribution-table.ts";
import { checkApp } from "./app-form.ts";
import { type Path, show } from "./config-error.ts";
import { checkMembers } from "./discover-checks.ts";
import { checkHttpListener } from "./http-checks.ts";
import { checkLifecycle } from "./lifecycle-form.ts";
import { ListenerPlaces } from "./listener-places.ts";
import type { MemcacheListenerForm } from "./listener-schema.ts";
import { normalizeServer } from "./normalize.ts";
import { checkOverload } from "./overload-form.ts";
import { type CredentialsForm, type PoolForm, type RingForm, seedableHashes } from "./pool-schema.ts";
import { PoolUsers } from "./pool-users.ts";
import { defaultPort } from "./protocol.ts";
import { checkProtocols } from "./protocol-checks.ts";
import type { CheckPoolExists, Refuse } from "./refuse.ts";
import { checkReplicate } from "./replicate-form.ts";
import type { ConfigForm } from "./schema.ts";
import { toBytes, toMilliseconds } from "./units.ts";
import type { WellFormed } from "./well-formed.ts";

/**
 * What a schema cannot say: rules over several settings. Each refusal is one sentence. A rule is left out where a setting
 * that it looks at is malformed, for that has been refused already.
 */
export function checkAcross(form: WellFormed<ConfigForm>, refuse: Refuse): void {
  const pools = form.pools ?? {};
  const checkPoolExists: CheckPoolExists = (name, path) => {
    if (typeof name !== "string" || form.pools === undefined || Object.hasOwn(pools, name)) return;
    const known = Object.keys(pools);
    const meant = nearest(name, known);
    const help =
      meant === undefined ? `there are ${known.slice(0, 10).join(", ")}` : `did you mean ${meant}?`;
    refuse(path, `there is no pool ${show(name)}; ${help}`);
  };
  if (form.lifecycle) checkLifecycle(form.lifecycle, ["lifecycle"], refuse);
  if (form.overload) checkOverload(form.overload, ["overload"], refuse);
  if (form.replicate) checkReplicate(form.replicate, ["replicate"], refuse);
  if (form.app) checkApp(form.app, ["app"], refuse);
  checkListeners(form, checkPoolExists, refuse);
  const users = new PoolUsers(form);
  for (const [name, pool] of Object.entries(pools)) {
    if (pool === undefined) continue;
    const port = defaultPort(users.protocolOf(name) ?? "memcache", Boolean(pool.tls));
    checkPool(pool, ["pools", name], port, checkPoolExists, refuse);
  }
  checkProtocols(pools, users, refuse);
  checkCycles(pools, "failover", (pool) => pool.failover ?? [], refuse);
  checkCycles(pools, "mirror", (pool) => [pool.mirror?.pool], refuse);
  checkCycles(pools, "warm_from", (pool) => [pool.warm_from?.pool], refuse);
}

type Pools = Readonly<Record<string, WellFormed<PoolForm> | undefined>>;

function checkListeners(
  form: WellFormed<ConfigForm>,
  checkPoolExists: CheckPoolExists,
  refuse: Refuse,
): void {
  const { memcache, http } = form;
  if (memcache?.length === 0 && http?.length === 0)
    refuse([], "there is no listener; give memcache, http or both a list of them");
  const places = new ListenerPlaces(form.admin, refuse);
  for (const [index, listener] of (memcache ?? []).entries()) {
    if (listener === undefined) continue;
    places.check(listener, ["memcache", index]);
    checkListener(listener, ["memcache", index], checkPoolExists, refuse);
  }
  for (const [index, listener] of (http ?? []).entries()) {
    if (listener === undefined) continue;
    places.check(listener, ["http", index]);
    checkHttpListener(listener, ["http", index], checkPoolExists, refuse);
  }
}

function checkListener(
  listener: WellFormed<MemcacheListenerForm>,
  path: Path,
  checkPoolExists: CheckPoolExists,
  refuse: Refuse,
): void {
  checkPoolExists(listener.pool, [...path, "pool"]);
  const prefixes = new Set<string>();
  for (const [index, route] of (listener.routes ?? []).entries()) {
    checkPoolExists(route?.pool, [...path, "routes", index, "pool"]);
    if (route?.prefix === undefined) continue;
    if (prefixes.has(route.prefix)) {
      refuse(
        [...path, "routes", index, "prefix"],
        `another route already takes the prefix ${show(route.prefix)}`,
      );
    }
    prefixes.add(route.prefix);
  }
  const usernames = new Set<string>();
  for (const [index, account] of (listener.auth ?? []).entries()) {
    if (account === undefined) continue;
    checkCredentials(account, [...path, "auth", index], refuse);
    if (account.username === undefined) continue;
    if (usernames.has(account.username)) {
      refuse(
        [...path, "auth", index, "username"],
        `another account already has the name ${show(account.username)}`,
      );
    }
    usernames.add(account.username);
  }
}

/** `port` is that of servers whose addresses name none. */
function checkPool(
  pool: WellFormed<PoolForm>,
  path: Path,
  port: number,
  checkPoolExists: CheckPoolExists,
  refuse: Refuse,
): void {
  if (pool.ring) checkRing(pool.ring, path, refuse);
  checkMembers(pool, path, refuse);
  checkServers(pool, path, port, refuse);
  const failover = pool.failover ?? [];
  for (const [index, other] of failover.entries()) {
    checkPoolExists(other, [...path, "failover", index]);
    if (other !== undefined && failover.indexOf(other) < index)
      refuse([...path, "failover", index], `${show(other)} is listed twice`);
  }
  checkPoolExists(pool.mirror?.pool, [...path, "mirror", "pool"]);
  checkPoolExists(pool.warm_from?.pool, [...path, "warm_from", "pool"]);
  checkBounds(pool, path, refuse);
  if (pool.auth) checkCredentials(pool.auth, [...path, "auth"], refuse);
}

function checkBounds(pool: WellFormed<PoolForm>, path: Path, refuse: Refuse): void {
  const ttl = pool.warm_from?.ttl;
  if (ttl !== undefined && toMilliseconds(ttl) % 1000 !== 0) {
    refuse([...path, "warm_from", "ttl"], `${show(ttl)} is not a whole number of seconds`);
  }
  const backoff = pool.eject?.backoff;
  const longest = pool.eject?.max_backoff;
  if (backoff !== undefined && longest !== undefined && toMilliseconds(longest) < toMilliseconds(backoff)) {
    refuse([...path, "eject", "max_backoff"], `${show(longest)} is shorter than backoff (${backoff})`);
  }
  const size = pool.near_cache?.size;
  const largest = pool.near_cache?.max_value;
  if (size !== undefined && largest !== undefined && toBytes(largest) > toBytes(size)) {
    refuse(
      [...path, "near_cache", "max_value"],
      `${show(largest)} is more than the whole cache holds (${size})`,
    );
  }
  if (isOneAlone(pool.tls?.cert, pool.tls?.key)) {
    refuse([...path, "tls"], "cert and key are only of use together; give both or none");
  }
}

function checkRing({ distribution, hash, seed }: WellFormed<RingForm>, path: Path, refuse: Refuse): void {
  if (distribution === undefined || hash === undefined) return;
  const { fixedHash, defaultHash } = distributionTable[distribution];
  if (fixedHash && hash !== null && hash !== defaultHash) {
    refuse(
      [...path, "ring", "hash"],
      `the distribution ${distribution} works with the hash ${defaultHash} only`,
    );
  }
  const used = hash ?? defaultHash;
  if (seed !== undefined && seed !== null && !seedableHashes.includes(used)) {
    const message = `the hash ${used} takes no seed; ${seedableHashes.join(", ")} do`;
    refuse([...path, "ring", "seed"], message);
  }
}

/** Names and weights of the members of a pool; without a ring, as of a file that several pools may share, only names. */
export function checkServers(
  { ring, servers }: Pick<WellFormed<PoolForm>, "ring" | "servers">,
  path: Path,
  port: number,
  refuse: Refuse,
): void {
  const distribution = ring?.distribution;
  const known = distribution && distributionTable[distribution];
  // A server is known by its place on the ring and by its label in metrics and on the command line.
  const owners = new Map<string, number>();
  for (const [index, form] of (servers ?? []).entries()) {
    if (form === undefined) continue;
    const { address, name, weight } = form;
    if (known && known.weights !== "used" && weight !== undefined && weight !== 1) {
      refuse(
        [...path, "servers", index, "weight"],
        `the distribution ${distribution} knows no weights; leave it out`,
      );
    }
    if (address === undefined || name === undefined) continue;
    const server = normalizeServer({ address, name, weight: 1, drain: false }, port);
    const labels = new Set(known ? [known.name(server), server.id] : [server.id]);
    if (server.name === undefined) labels.add(shortestForm(server.address));
    const taken = [...labels].find((label) => owners.has(label));
    if (taken !== undefined) {
      const at = [...path, "servers", index, server.name === undefined ? "address" : "name"];
      refuse(
        at,
        `${show(taken)} already stands for servers[${owners.get(taken)}]; servers need distinct names`,
      );
    }
    for (const label of labels) owners.set(label, owners.get(label) ?? index);
  }
}

/** An address as `formatAddress` writes it, with an IPv6 address in the one form of RFC 5952. */
function shortestForm(address: Address): string {
  if (!("host" in address) || !isIPv6(address.host)) return formatAddress(address);
  const { address: host } = new SocketAddress({ address: address.host, family: "ipv6" });
  return formatAddress({ host, port: address.port });
}

function checkCredentials(account: WellFormed<CredentialsForm>, path: Path, refuse: Refuse): void {
  const { password, password_file } = account;
  if (password === undefined || password_file === undefined) return;
  if ((password === null) === (password_file === null)) {
    refuse(path, "an account has either a password or a password_file");
  }
}

/** A request that follows the arrows from a pool must not come back to it. One refusal per circle. */
function checkCycles(
  pools: Pools,
  setting: string,
  next: (pool: WellFormed<PoolForm>) => readonly (string | undefined)[],
  refuse: Refuse,
): void {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    const back = trail.indexOf(name);
    if (back >= 0) {
      const circle = [...trail.slice(back), name].join(" → ");
      refuse(["pools", trail.at(-1) as string, setting], `the pools lead in a circle: ${circle}`);
    } else if (!done.has(name)) {
      const pool = Object.hasOwn(pools, name) ? pools[name] : undefined;
      for (const other of pool ? next(pool) : []) if (other !== undefined) visit(other, [...trail, name]);
      done.add(name);
    }
  };
  for (const name of Object.keys(pools)) visit(name, []);
}

/** Of two things that go together one is given and the other is not. */
function isOneAlone(one: string | null | undefined, other: string | null | undefined): boolean {
  return (one === null && typeof other === "string") || (typeof one === "string" && other === null);
}
