import {
  type ComponentHealth,
  type ComponentStatus,
  componentStatuses,
  worstStatus,
} from "../core/component-health.ts";
import type { ProbesApi, Reasons } from "./admin-api.ts";
import { type Answer, flag, list, object, oneOf, text } from "./answer-terms.ts";

const status = oneOf(
  componentStatuses,
  "up: all is well. degraded: not all of it serves. down: it serves nothing.",
);
const reasons = list(text("A reason."), "Why not; empty where it is.");

/** What `/health` answers. */
export const healthView = object({
  healthy: flag("Whether it is worth keeping and serves; the status is 200 then, else 503."),
  status,
  reasons,
  components: list(
    object({
      role: text("What it belongs to: `daemon`, or a role."),
      kind: text("`lifecycle`, `workers`, `listener`, `pool`…"),
      name: text("Tells components of a kind apart; empty where there is one only."),
      status,
      reasons: list(text("A reason."), "Why it is not up."),
    }),
    "The parts of the daemon.",
  ),
});
export type HealthView = Answer<typeof healthView>;

/**
 * The daemon as a whole is down exactly if it is not live or not ready. A component that is down, such as a pool without a
 * server in service, leaves it degraded: the rest still serves, and to take the pod out of service would heal nothing.
 */
export function healthOf(api: Pick<ProbesApi, "live" | "ready" | "components">): HealthView {
  const reasons = [...new Set([...api.live(), ...api.ready()])];
  const components = [...api.components()];
  const parts = worstStatus(components.map(({ status }) => status));
  const healthy = reasons.length === 0;
  const status: ComponentStatus = !healthy ? "down" : parts === "up" ? "up" : "degraded";
  return { healthy, status, reasons, components: components.map(viewOf) };
}

function viewOf({ reasons, ...component }: ComponentHealth): HealthView["components"][number] {
  return { ...component, reasons: [...reasons] };
}

/** What `/ready` answers. */
export interface ReadyView {
  readonly ready: boolean;
  readonly reasons: Reasons;
  readonly roles: Readonly<Record<string, { readonly ready: boolean; readonly reasons: Reasons }>>;
}

export function readinessOf(api: Pick<ProbesApi, "ready" | "roles">): ReadyView {
  const reasons = api.ready();
  const roles = Object.entries(api.roles()).map(
    ([role, reasons]) => [role, { ready: reasons.length === 0, reasons }] as const,
  );
  return { ready: reasons.length === 0, reasons, roles: Object.fromEntries(roles) };
}
