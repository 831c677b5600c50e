import type { Address } from "../core/address.ts";
import { formatAddress } from "../core/address.ts";
import { nearest } from "../core/nearest.ts";
import { distributionTable } from "../ring/distribution-table.ts";
import { type Path, show } from "./config-error.ts";
import type { MemcacheListenerForm } from "./listener-schema.ts";
import { listenAddress, normalizeServer } from "./normalize.ts";
import { type CredentialsForm, type PoolForm, seedableHashes } from "./pool-schema.ts";
import type { ConfigForm } from "./schema.ts";
import { toBytes, toMilliseconds } from "./units.ts";

/** Takes one refusal: the setting concerned, and a sentence without a full stop. */
export type Refuse = (path: Path, message: string) => void;

/** What a schema cannot say: rules over several settings. Each refusal is one sentence. */
export function checkAcross(form: ConfigForm, refuse: Refuse): void {
  checkListeners(form, refuse);
  for (const [name, pool] of Object.entries(form.pools)) checkPool(name, pool, form, refuse);
  checkCycles(form, "failover", (pool) => pool.failover, refuse);
  checkCycles(form, "mirror", (pool) => (pool.mirror ? [pool.mirror.pool] : []), refuse);
  checkCycles(form, "warm_from", (pool) => (pool.warm_from ? [pool.warm_from.pool] : []), refuse);
}

function checkListeners(form: ConfigForm, refuse: Refuse): void {
  const names = new Map<string, number>();
  const places: { address: Address; owner: string }[] = [
    { address: listenAddress(form.admin.listen), owner: "the management interface" },
  ];
  for (const [index, listener] of form.memcache.entries()) {
    const path = ["memcache", index];
    const first = names.get(listener.name);
    if (first === undefined) names.set(listener.name, index);
    else refuse([...path, "name"], `${show(listener.name)} is already the name of memcache[${first}]`);

    const address = listenAddress(listener.listen);
    const other = places.find((place) => collide(place.address, address));
    if (other) {
      const message = `${formatAddress(address)} is already taken by ${other.owner} (${formatAddress(other.address)})`;
      refuse([...path, "listen"], message);
    }
    places.push({ address, owner: `listener ${show(listener.name)}` });
    checkListener(listener, path, form, refuse);
  }
}

function checkListener(listener: MemcacheListenerForm, path: Path, form: ConfigForm, refuse: Refuse): void {
  if (listener.socket_mode !== null && !listener.listen.startsWith("unix:")) {
    refuse(
      [...path, "socket_mode"],
      "only a unix socket has permissions; leave this out or listen on unix:/path",
    );
  }
  checkPoolExists(listener.pool, [...path, "pool"], form, refuse);
  const prefixes = new Set<string>();
  for (const [index, route] of listener.routes.entries()) {
    checkPoolExists(route.pool, [...path, "routes", index, "pool"], form, refuse);
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
    checkCredentials(account, [...path, "auth", index], refuse);
    if (usernames.has(account.username)) {
      refuse(
        [...path, "auth", index, "username"],
        `another account already has the name ${show(account.username)}`,
      );
    }
    usernames.add(account.username);
  }
}

function checkPool(name: string, pool: PoolForm, form: ConfigForm, refuse: Refuse): void {
  const path = ["pools", name];
  checkServers(pool, path, refuse);
  for (const [index, other] of pool.failover.entries()) {
    checkPoolExists(other, [...path, "failover", index], form, refuse);
    if (pool.failover.indexOf(other) < index)
      refuse([...path, "failover", index], `${show(other)} is listed twice`);
  }
  if (pool.mirror) checkPoolExists(pool.mirror.pool, [...path, "mirror", "pool"], form, refuse);
  if (pool.warm_from) {
    checkPoolExists(pool.warm_from.pool, [...path, "warm_from", "pool"], form, refuse);
    if (toMilliseconds(pool.warm_from.ttl) % 1000 !== 0) {
      refuse([...path, "warm_from", "ttl"], `${show(pool.warm_from.ttl)} is not a whole number of seconds`);
    }
  }
  if (pool.eject && toMilliseconds(pool.eject.max_backoff) < toMilliseconds(pool.eject.backoff)) {
    refuse(
      [...path, "eject", "max_backoff"],
      `${show(pool.eject.max_backoff)} is shorter than backoff (${pool.eject.backoff})`,
    );
  }
  if (pool.near_cache && toBytes(pool.near_cache.max_value) > toBytes(pool.near_cache.size)) {
    const { max_value, size } = pool.near_cache;
    refuse(
      [...path, "near_cache", "max_value"],
      `${show(max_value)} is more than the whole cache holds (${size})`,
    );
  }
  if (pool.tls && (pool.tls.cert === null) !== (pool.tls.key === null)) {
    refuse([...path, "tls"], "cert and key are only of use together; give both or none");
  }
  if (pool.auth) checkCredentials(pool.auth, [...path, "auth"], refuse);
}

function checkServers(pool: PoolForm, path: Path, refuse: Refuse): void {
  const { distribution, hash, seed } = pool.ring;
  const { fixedHash, defaultHash, weights, name: ringName } = distributionTable[distribution];
  if (fixedHash && hash !== null && hash !== defaultHash) {
    refuse(
      [...path, "ring", "hash"],
      `the distribution ${distribution} works with the hash ${defaultHash} only`,
    );
  }
  if (seed !== null && !seedableHashes.includes(hash ?? defaultHash)) {
    const message = `the hash ${hash ?? defaultHash} takes no seed; ${seedableHashes.join(", ")} do`;
    refuse([...path, "ring", "seed"], message);
  }
  // A server is known by its place on the ring and by its label in metrics and on the command line.
  const owners = new Map<string, number>();
  for (const [index, form] of pool.servers.entries()) {
    if (form.weight !== 1 && weights !== "used") {
      refuse(
        [...path, "servers", index, "weight"],
        `the distribution ${distribution} knows no weights; leave it out`,
      );
    }
    const server = normalizeServer(form);
    const labels = new Set([ringName(server), server.id]);
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

function checkPoolExists(name: string, path: Path, form: ConfigForm, refuse: Refuse): void {
  if (Object.hasOwn(form.pools, name)) return;
  const known = Object.keys(form.pools);
  const meant = nearest(name, known);
  const help = meant === undefined ? `there are ${known.slice(0, 10).join(", ")}` : `did you mean ${meant}?`;
  refuse(path, `there is no pool ${show(name)}; ${help}`);
}

function checkCredentials({ password, password_file }: CredentialsForm, path: Path, refuse: Refuse): void {
  if ((password === null) === (password_file === null)) {
    refuse(path, "an account has either a password or a password_file");
  }
}

/** A request that follows the arrows from a pool must not come back to it. One refusal per circle. */
function checkCycles(
  form: ConfigForm,
  setting: string,
  next: (pool: PoolForm) => string[],
  refuse: Refuse,
): void {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    const back = trail.indexOf(name);
    if (back >= 0) {
      const circle = [...trail.slice(back), name].join(" → ");
      refuse(["pools", trail.at(-1) as string, setting], `the pools lead in a circle: ${circle}`);
    } else if (!done.has(name) && Object.hasOwn(form.pools, name)) {
      for (const other of next(form.pools[name] as PoolForm)) visit(other, [...trail, name]);
      done.add(name);
    }
  };
  for (const name of Object.keys(form.pools)) visit(name, []);
}

function collide(a: Address, b: Address): boolean {
  if ("path" in a || "path" in b) return "path" in a && "path" in b && a.path === b.path;
  if (a.port !== b.port || a.port === 0) return false;
  return a.host.toLowerCase() === b.host.toLowerCase() || isEvery(a.host) || isEvery(b.host);
}

function isEvery(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
