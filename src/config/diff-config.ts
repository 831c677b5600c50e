import { hiddenValue, hideInTexts } from "../core/secret-text.ts";
import type { Config } from "./config.ts";
import { formatPath, type Path } from "./config-error.ts";
import { formOf } from "./config-form.ts";
import type { HttpListenerForm } from "./http-listener-schema.ts";

/** One difference between two configurations. */
export interface Change {
  readonly kind: "added" | "removed" | "changed";
  /** The setting or the thing, such as `pools.sessions.servers["cache-b"].weight`. */
  readonly path: string;
  /** For people: `changed pools.sessions.timeout: 1s → 250ms`. */
  readonly text: string;
  /** It takes effect only when the daemon is started anew. */
  readonly restart: boolean;
}

/** Settings that the running daemon cannot change: what it has bound and started. */
const restartPaths: readonly string[] = ["admin.listen", "admin.probes", "log.format", "workers"];

/**
 * What a reload would change, in the order of the schema. Listeners, routes and servers are matched by their names
 * (servers without one by their address), so moving them within their list is no change, except for routes and on
 * rings that go by place.
 */
export function diffConfig(before: Config, after: Config): Change[] {
  const changes: Change[] = [];
  compare(named(before), named(after), [], changes);
  for (const { name, routes } of after.snapshot.http ?? []) {
    const old = before.snapshot.http?.find((listener) => listener.name === name);
    compareOrder(old?.routes.map(nameOf), routes.map(nameOf), ["http", name, "routes"], changes);
  }
  for (const [name, { ring, servers }] of Object.entries(after.snapshot.pools)) {
    const { pools } = before.snapshot;
    const old = Object.hasOwn(pools, name) ? pools[name] : undefined;
    if (placesMatter.has(ring.distribution))
      compareOrder(old?.servers.map(idOf), servers.map(idOf), ["pools", name, "servers"], changes);
  }
  return changes;
}

const nameOf = ({ name }: { readonly name: string }): string => name;
const idOf = ({ id }: { readonly id: string }): string => id;

/** Distributions in which a server's place in the list decides its keys. */
const placesMatter: ReadonlySet<string> = new Set(["jump"]);

/** The form with lists of things turned into maps by name, as things are compared one by one. */
function named(config: Config): unknown {
  const form = formOf(config);
  const pools = Object.entries(form.pools).map(([name, pool]) => {
    const { servers } = config.snapshot.pools[name] as Config["snapshot"]["pools"][string];
    const byId = (pool.servers ?? []).map((server, index) => [servers[index]?.id, server] as const);
    return [name, { ...pool, servers: new Map(byId) }] as const;
  });
  return {
    ...form,
    memcache: new Map(form.memcache.map((listener) => [listener.name, listener])),
    http: new Map(form.http.map((listener, index) => [listener.name, namedRoutes(listener, config, index)])),
    pools: new Map(pools),
  };
}

/** A listener with its routes by name, also those whose names are made of what they take. */
function namedRoutes(listener: HttpListenerForm, { snapshot }: Config, index: number): unknown {
  const routes = listener.routes.map(
    (route, at) => [snapshot.http?.[index]?.routes[at]?.name, { ...route, name: null }] as const,
  );
  return { ...listener, routes: new Map(routes) };
}

function compare(before: unknown, after: unknown, path: Path, changes: Change[]): void {
  if (before instanceof Map && after instanceof Map) compareThings(before, after, path, changes);
  else if (isSection(before) && isSection(after)) {
    for (const key of Object.keys(after)) compare(before[key], after[key], [...path, key], changes);
  } else if (JSON.stringify(before) !== JSON.stringify(after)) {
    const secret = path.at(-1) === "auth" || path.at(-1) === "password";
    report("changed", path, secret ? hiddenValue : `${brief(before)} → ${brief(after)}`, changes);
  }
}

function compareThings(
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
  path: Path,
  changes: Change[],
): void {
  for (const name of before.keys()) if (!after.has(name)) report("removed", [...path, name], "", changes);
  for (const [name, thing] of after) {
    if (before.has(name)) compare(before.get(name), thing, [...path, name], changes);
    else report("added", [...path, name], "", changes);
  }
}

/** Reports things that are the same and in another order. */
function compareOrder(
  before: readonly string[] | undefined,
  after: readonly string[],
  path: Path,
  changes: Change[],
): void {
  const isSame = before?.length === after.length && after.every((name) => before.includes(name));
  if (!isSame || after.every((name, index) => name === before[index])) return;
  report("changed", path, `order ${before.join(", ")} → ${after.join(", ")}`, changes);
}

function report(kind: Change["kind"], path: Path, detail: string, changes: Change[]): void {
  const where = formatPath(path);
  const restart = restartPaths.includes(where);
  const text = `${kind} ${where}${detail === "" ? "" : `: ${detail}`}${restart ? " (needs a restart)" : ""}`;
  changes.push({ kind, path: where, text, restart });
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

/** A value on one line: lists and sections as JSON, what is off or absent as `off`. */
function brief(whole: unknown): string {
  const value = hideInTexts(whole);
  if (value === null) return "off";
  if (typeof value === "string") return value;
  const text = typeof value === "object" ? JSON.stringify(value, withoutNulls) : String(value);
  return text.length > 300 ? `${text.slice(0, 297)}…` : text;
}

/** What is off or absent says nothing within a section. */
function withoutNulls(_key: string, value: unknown): unknown {
  return value ?? undefined;
}
