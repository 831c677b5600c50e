import t from "tap";
import { healthOf, readinessOf } from "../../src/admin/health-view.ts";
import type { ComponentHealth, ComponentStatus } from "../../src/core/component-health.ts";

const pool = (name: string, status: ComponentStatus): ComponentHealth => ({
  role: "ambassador",
  kind: "pool",
  name,
  status,
  reasons: status === "up" ? [] : [`${name} is ${status}`],
});

const well = { live: () => [], ready: () => [], components: () => [pool("a", "up")] };

t.test("all is well", async (t) => {
  t.match(healthOf(well), { healthy: true, status: "up", reasons: [], components: [{ name: "a" }] });
});

t.test("a component that is degraded or down leaves the daemon healthy, but degraded", async (t) => {
  for (const status of ["degraded", "down"] as const) {
    const health = healthOf({ ...well, components: () => [pool("a", "up"), pool("b", status)] });
    t.match(health, { healthy: true, status: "degraded", reasons: [] });
    t.match(health.components[1], { name: "b", status, reasons: [`b is ${status}`] });
  }
});

t.test("who is not live or not ready is down, and says why once", async (t) => {
  const health = healthOf({ ...well, live: () => ["no worker"], ready: () => ["no worker", "draining"] });
  t.match(health, { healthy: false, status: "down" });
  t.same(health.reasons, ["no worker", "draining"]);
});

t.test("readiness names the roles", async (t) => {
  t.same(
    readinessOf({ ready: () => ["paused", "no worker"], roles: () => ({ ambassador: ["no worker"] }) }),
    {
      ready: false,
      reasons: ["paused", "no worker"],
      roles: { ambassador: { ready: false, reasons: ["no worker"] } },
    },
  );
});
