/** Failed requests by kind. */
export type ErrorCounts = Readonly<Record<string, number>>;

/** All of them together. */
export function sumOf(counts: ErrorCounts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** `78 no_server, 6 connect`, the most frequent first; empty where there is none. */
export function kindsText(counts: ErrorCounts): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ");
}

/**
 * Why the errors of a pool and the sum of its servers' are not the same. `only`: those of the pool that no server has, by
 * kind: it was refused before a server was asked, or the server is no longer there. `recovered`: those of servers after which
 * another attempt has served the client, or which nobody waited for.
 */
export function comparedErrors(
  pool: ErrorCounts,
  servers: readonly ErrorCounts[],
): { readonly only: ErrorCounts; readonly recovered: ErrorCounts } {
  const theirs = new Map<string, number>();
  for (const counts of servers)
    for (const [kind, count] of Object.entries(counts)) theirs.set(kind, (theirs.get(kind) ?? 0) + count);
  const only: Record<string, number> = {};
  const recovered: Record<string, number> = {};
  for (const kind of new Set([...Object.keys(pool), ...theirs.keys()])) {
    const more = (pool[kind] ?? 0) - (theirs.get(kind) ?? 0);
    if (more > 0) only[kind] = more;
    else if (more < 0) recovered[kind] = -more;
  }
  return { only, recovered };
}
