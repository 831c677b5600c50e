import type { HttpRoute } from "../proxy/http/http-listener-options.ts";

/** Name of the route that a listener's own `pool` is. */
export const defaultRoute = "default";

/**
 * Names for the routes of a listener that are given none: host and path, and a number where several have the same.
 * They depend on nothing but the order of the routes and on hosts and paths.
 */
export function routeNames(
  routes: readonly { readonly host: string | null; readonly path: string }[],
): string[] {
  const seen = new Map<string, number>();
  return routes.map(({ host, path }) => {
    const name = `${host ?? "*"}${path}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} #${count}`;
  });
}

/** What of a route says which requests it takes. */
export type RouteMatch = Pick<HttpRoute, "host" | "path" | "headers">;

/** Whether `first` takes every request that `second` would take. False in cases of doubt. */
export function takesAllOf(first: RouteMatch, second: RouteMatch): boolean {
  return (
    coversHost(first.host, second.host) &&
    coversPath(first.path, second.path) &&
    first.headers.every((wanted) =>
      second.headers.some(
        ({ name, value }) => name === wanted.name && (wanted.value === null || wanted.value === value),
      ),
    )
  );
}

function coversHost(first: string | null, second: string | null): boolean {
  if (first === null || first === second) return true;
  return first.startsWith("*.") && second?.endsWith(first.slice(1)) === true;
}

function coversPath(first: string, second: string): boolean {
  return first === second || second.startsWith(first.endsWith("/") ? first : `${first}/`);
}
