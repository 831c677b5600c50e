import { type Path, show } from "./config-error.ts";
import type { HashKeyForm, HttpListenerForm, HttpRouteForm } from "./http-listener-schema.ts";
import { defaultRoute, routeNames, takesAllOf } from "./http-routes.ts";
import { normalizeMatch } from "./normalize-http.ts";
import type { CheckPoolExists, Refuse } from "./refuse.ts";
import { toBytes, toMilliseconds } from "./units.ts";
import type { WellFormed } from "./well-formed.ts";

/** What the schema cannot say of an HTTP listener, its name and address apart. */
export function checkHttpListener(
  listener: WellFormed<HttpListenerForm>,
  path: Path,
  checkPoolExists: CheckPoolExists,
  refuse: Refuse,
): void {
  checkPoolExists(listener.pool, [...path, "pool"]);
  checkHash(listener.hash, [...path, "hash"], refuse);
  for (const [index, route] of (listener.routes ?? []).entries()) {
    checkPoolExists(route?.pool, [...path, "routes", index, "pool"]);
    checkHash(route?.hash, [...path, "routes", index, "hash"], refuse);
  }
  if (listener.pool === null && listener.routes?.length === 0)
    refuse(path, "no request would find a pool; give a pool, routes or both");
  checkNames(listener, path, refuse);
  checkReach(listener, path, refuse);
  const { head, target } = listener.limits ?? {};
  if (head !== undefined && target !== undefined && toBytes(target) > toBytes(head)) {
    refuse([...path, "limits", "target"], `${show(target)} is more than a whole head may have (${head})`);
  }
}

/** Names that are left out are made of host and path, so that one that is given may already be another's. */
function checkNames({ pool, routes }: WellFormed<HttpListenerForm>, path: Path, refuse: Refuse): void {
  const matches = wellFormedMatches(routes);
  if (routes === undefined || matches === undefined) return;
  const made = routeNames(matches);
  const owners = new Map<string, string>();
  if (typeof pool === "string") owners.set(defaultRoute, "the route to the listener's own pool");
  for (const [index, route] of routes.entries()) {
    const given = route?.name;
    if (given === undefined) continue;
    const name = given ?? (made[index] as string);
    const owner = owners.get(name);
    const at = [...path, "routes", index];
    if (owner !== undefined)
      refuse(given === null ? at : [...at, "name"], `${show(name)} is already the name of ${owner}`);
    else owners.set(name, `routes[${index}]`);
  }
}

/** The first route that takes a request decides, so that one may stand in another's light. */
function checkReach({ pool, routes }: WellFormed<HttpListenerForm>, path: Path, refuse: Refuse): void {
  const matches = wellFormedMatches(routes);
  if (matches === undefined) return;
  for (const [index, match] of matches.entries()) {
    const before = matches.slice(0, index).findIndex((earlier) => takesAllOf(earlier, match));
    if (before >= 0)
      refuse(
        [...path, "routes", index],
        `it is never reached: routes[${before}] takes all that it would take`,
      );
  }
  const rest = matches.findIndex((match) => takesAllOf(match, { host: null, path: "/", headers: [] }));
  if (rest >= 0 && typeof pool === "string")
    refuse([...path, "pool"], `it gets no request: routes[${rest}] takes all of them`);
}

/** What the routes take, or undefined if a setting that says so is malformed. */
function wellFormedMatches(routes: readonly (WellFormed<HttpRouteForm> | undefined)[] | undefined) {
  const isWhole = ({ host, path, headers }: WellFormed<HttpRouteForm>): boolean =>
    host !== undefined &&
    path !== undefined &&
    headers?.every((header) => header?.name !== undefined && header.value !== undefined) === true;
  if (routes?.every((route) => route !== undefined && isWhole(route)) !== true) return undefined;
  return (routes as readonly HttpRouteForm[]).map(normalizeMatch);
}

const kinds = ["header", "cookie", "query", "path", "source_ip"] as const;

function checkHash(
  hash: readonly (WellFormed<HashKeyForm> | undefined)[] | null | undefined,
  path: Path,
  refuse: Refuse,
): void {
  const keys = hash ?? [];
  for (const [index, key] of keys.entries()) if (key) checkHashKey(key, [...path, index], refuse);
  const giver = keys.findIndex((key) => key?.affinity && typeof key.cookie === "string");
  if (giver >= 0 && giver < keys.length - 1)
    refuse(
      [...path, giver + 1],
      `it is never asked for: hash[${giver}] gives its cookie to every client that has none`,
    );
}

function checkHashKey(key: WellFormed<HashKeyForm>, path: Path, refuse: Refuse): void {
  const { affinity } = key;
  if (kinds.every((kind) => key[kind] !== undefined)) {
    const given = kinds.filter((kind) => key[kind] !== null);
    if (given.length !== 1) {
      const found = given.length === 0 ? "nothing" : given.join(" and ");
      refuse(path, `it names ${found}; give one of header, cookie, query, path and source_ip`);
    }
  }
  if (!affinity) return;
  if (key.cookie === null)
    refuse([...path, "affinity"], "only a cookie can be given to a client; leave it out");
  const { max_age, same_site, secure } = affinity;
  if (max_age !== undefined && toMilliseconds(max_age) % 1000 !== 0)
    refuse([...path, "affinity", "max_age"], `${show(max_age)} is not a whole number of seconds`);
  if (same_site === "none" && secure === false)
    refuse(
      [...path, "affinity", "same_site"],
      "browsers drop such a cookie unless it is secure; set secure: true",
    );
}
