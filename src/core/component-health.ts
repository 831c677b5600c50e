/** up: all is well. degraded: it serves, but not all of it, or not as it should. down: it serves nothing. */
export const componentStatuses = ["up", "degraded", "down"] as const;
export type ComponentStatus = (typeof componentStatuses)[number];

/** How one part of the daemon is. */
export interface ComponentHealth {
  /** What it belongs to: `daemon`, or the name of a role. */
  readonly role: string;
  /** `lifecycle`, `workers`, `listener`, `pool`… */
  readonly kind: string;
  /** Tells components of a kind apart; empty where there is one only. */
  readonly name: string;
  readonly status: ComponentStatus;
  /** Why it is not up. */
  readonly reasons: readonly string[];
}

/** The worse of all of them; up where there are none. */
export function worstStatus(statuses: readonly ComponentStatus[]): ComponentStatus {
  const worst = Math.max(0, ...statuses.map((status) => componentStatuses.indexOf(status)));
  return componentStatuses[worst]!;
}
