import t from "tap";
import { outcome } from "../../../src/observe/metric-labels.ts";
import { HTTP_SERVER, privateBlock, SERVER } from "../../../src/observe/metric-layout.ts";
import { countHealth, serviceState } from "../../../src/roles/ambassador/service-state.ts";
import type { UpstreamState } from "../../../src/roles/ambassador/upstream-supervisor.ts";
import type { ServerOptions } from "../../../src/upstream/pool-options.ts";

const server: ServerOptions = { id: "a", address: { host: "10.0.0.1", port: 11211 }, weight: 1 };
const known: UpstreamState = {
  pool: "main",
  server: "a",
  state: "ready",
  reason: null,
  age: 5,
  since: 1_000.4,
  nextProbe: null,
  nextProbeAt: null,
  reached: true,
  failing: false,
  kept: false,
  failures: 0,
  address: "10.0.0.1:11211",
  resolved: null,
  counts: { ejections: 2, readmissions: 1, refusals: 0, probes: 7, probeFailures: 3 },
};

t.test("in service, out of service, leaving it", async (t) => {
  t.same(serviceState(server, known), {
    state: "ready",
    reason: "",
    since_unix_ms: 1_000,
    next_probe_unix_ms: null,
    ejections: 2,
    resolved: null,
  });
  const ejected = { ...known, state: "ejected", reason: "timeout" } as const;
  t.match(serviceState(server, ejected), { state: "ejected", reason: "timeout" });
  t.match(serviceState(server, { ...known, state: "probing" }), { state: "ejected" }, "until it has passed");
  t.match(serviceState({ ...server, drain: true }, ejected), { state: "draining" });
  t.match(
    serviceState(server, undefined),
    { state: "connecting", since_unix_ms: null },
    "before it is known",
  );
});

t.test("a server that has never answered is not ready, nor is one that fails and has to stay", async (t) => {
  const reason = "connect ECONNREFUSED";
  const fresh = { ...known, reached: false };
  t.match(serviceState(server, fresh), { state: "connecting", reason: "" });
  t.match(serviceState(server, { ...fresh, reason }), { state: "unreachable", reason });
  t.match(serviceState(server, { ...fresh, reason, failing: true }), { state: "unreachable", reason });
  t.match(serviceState(server, { ...known, reason }), { state: "ready", reason }, "one failure is no state");
  t.match(serviceState(server, { ...known, reason, failing: true }), { state: "failing", reason });
  t.match(serviceState(server, { ...known, reason, failing: true, kept: true }), {
    state: "failing",
    reason: "connect ECONNREFUSED; stays in service, for eject.max_percent is used up",
  });
});

t.test("when it is probed next", async (t) => {
  const next = { ...known, state: "ejected", nextProbe: 5, nextProbeAt: 2_000.4 } as const;
  t.match(serviceState(server, next), { state: "ejected", next_probe_unix_ms: 2_000 });
});

for (const [entity, at] of [
  ["server", SERVER],
  ["httpServer", HTTP_SERVER],
] as const) {
  t.test(`health in the metrics of a ${entity}`, async (t) => {
    const block = privateBlock(entity);
    countHealth(entity, block, { ...known, state: "probing" });
    t.equal(block[at.ejected], 1);
    t.equal(block[at.ejections], 2);
    t.equal(block[at.readmissions], 1);
    t.equal(block[at.probes + outcome.ok], 4);
    t.equal(block[at.probes + outcome.failed], 3);
    countHealth(entity, block, known);
    t.equal(block[at.ejected], 0);
  });
}
