import { type Entity, entityLabels } from "./metric-table.ts";

/**
 * Name of an instance of an entity: its label values, joined by `/`: `cache`, `sessions/10.0.0.1:11211`. Only the
 * last label may contain a `/` itself (a route, the path of a unix socket); names of pools and listeners have none.
 */
export function metricKey(...labels: readonly string[]): string {
  return labels.join("/");
}

/** The labels that a key stands for. Throws if it has too few parts for the entity. */
export function keyLabels(entity: Entity, key: string): Record<string, string> {
  const names = entityLabels[entity];
  const labels: Record<string, string> = {};
  let rest = key;
  for (const [i, name] of names.entries()) {
    const end = i === names.length - 1 ? rest.length : rest.indexOf("/");
    if (end < 0) throw new Error(`"${key}" is no key of a ${entity}: ${names.join("/")} was expected`);
    labels[name] = rest.slice(0, end);
    rest = rest.slice(end + 1);
  }
  return labels;
}
