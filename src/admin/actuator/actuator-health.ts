import type { ComponentHealth } from "../../core/component-health.ts";
import type { ProbesApi } from "../admin-api.ts";

/** Statuses of Spring Boot's Actuator; DOWN and OUT_OF_SERVICE are answered with 503. */
export type ActuatorStatus = "UP" | "DOWN" | "OUT_OF_SERVICE";

/** A component, or a group of them. */
export interface ActuatorHealth {
  readonly status: ActuatorStatus;
  readonly details?: { readonly status: string; readonly reasons: readonly string[] };
  readonly components?: Readonly<Record<string, ActuatorHealth>>;
  readonly groups?: readonly string[];
}

type Asked = Pick<ProbesApi, "live" | "ready" | "components">;

/**
 * The health of the daemon as Actuator tells it. As at `/health`, a part that is down leaves the whole up as long as the
 * daemon is live and ready; Actuator has no word for degraded, so the details say it.
 */
export function actuatorHealth(api: Asked): ActuatorHealth {
  const liveness = state("DOWN", api.live());
  const readiness = state("OUT_OF_SERVICE", api.ready());
  return {
    status: worse(liveness, readiness),
    components: { ...byRole(api.components()), livenessState: liveness, readinessState: readiness },
    groups: ["liveness", "readiness"],
  };
}

/** A group or a component by its path (`readiness`, `ambassador/pool:sessions`); undefined if there is none. */
export function actuatorHealthAt(api: Asked, path: readonly string[]): ActuatorHealth | undefined {
  const whole = actuatorHealth(api);
  const { livenessState, readinessState } = whole.components!;
  if (path.length === 1 && path[0] === "liveness") return group({ livenessState: livenessState! });
  if (path.length === 1 && path[0] === "readiness") return group({ readinessState: readinessState! });
  return path.reduce<ActuatorHealth | undefined>((at, name) => {
    const components = at?.components ?? {};
    return Object.hasOwn(components, name) ? components[name] : undefined;
  }, whole);
}

/** The status of the answer. */
export function statusCode({ status }: ActuatorHealth): 200 | 503 {
  return status === "UP" ? 200 : 503;
}

function state(bad: ActuatorStatus, reasons: readonly string[]): ActuatorHealth {
  return reasons.length === 0 ? { status: "UP" } : { status: bad, details: { status: "down", reasons } };
}

function group(components: Readonly<Record<string, ActuatorHealth>>): ActuatorHealth {
  const [only] = Object.values(components);
  return { status: only!.status, components };
}

function worse(liveness: ActuatorHealth, readiness: ActuatorHealth): ActuatorStatus {
  return liveness.status === "UP" ? readiness.status : liveness.status;
}

/** `{ ambassador: { components: { workers, "pool:sessions", "listener:cache" } }, … }` */
function byRole(components: readonly ComponentHealth[]): Record<string, ActuatorHealth> {
  const roles = Map.groupBy(components, ({ role }) => role);
  const entries = [...roles].map(([role, parts]) => {
    const named = parts.map(
      (part) => [part.name === "" ? part.kind : `${part.kind}:${part.name}`, view(part)] as const,
    );
    return [role, { status: "UP", components: Object.fromEntries(named) } satisfies ActuatorHealth] as const;
  });
  return Object.fromEntries(entries);
}

function view({ status, reasons }: ComponentHealth): ActuatorHealth {
  return {
    status: status === "down" ? "DOWN" : "UP",
    ...(status !== "up" && { details: { status, reasons } }),
  };
}
