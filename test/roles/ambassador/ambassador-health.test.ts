import t from "tap";
import { type AmbassadorParts, ambassadorHealth } from "../../../src/roles/ambassador/ambassador-health.ts";
import type { ServiceState } from "../../../src/roles/ambassador/service-state.ts";
import { planeSnapshot } from "../../support/plane.ts";
import { poolOptions, serverOptions } from "../../support/pools.ts";

const ready: ServiceState = {
  state: "ready",
  reason: "",
  since_unix_ms: null,
  next_probe_unix_ms: null,
  ejections: 0,
  resolved: null,
};
const ejected: ServiceState = { ...ready, state: "ejected", reason: "connect: refused" };
const draining: ServiceState = { ...ready, state: "draining" };

const servers = ["x", "y"].map((name) => serverOptions(name));
const snapshot = planeSnapshot([], { pool: { servers }, pools: [poolOptions("empty", [])] });

function health(over: Partial<AmbassadorParts>, states: readonly ServiceState[] = [ready, ready]) {
  const all = ambassadorHealth({
    snapshot,
    workers: { up: 2, of: 2 },
    stateOf: (_pool, { id }) => states[id === "x" ? 0 : 1]!,
    discoveryOf: () => undefined,
    ...over,
  });
  return (kind: string, name = "") => all.find((found) => found.kind === kind && found.name === name);
}

t.test("all is well", async (t) => {
  const find = health({});
  t.match(find("workers"), { role: "ambassador", status: "up", reasons: [] });
  t.match(find("pool", "pool"), { status: "up", reasons: [] });
  t.match(find("listener", "cache"), { status: "up", reasons: [] });
});

t.test("a pool is degraded by a server that is ejected, and down without any in service", async (t) => {
  t.match(health({}, [ejected, ready])("pool", "pool"), {
    status: "degraded",
    reasons: ["server x is ejected: connect: refused"],
  });
  t.match(health({}, [ejected, ejected])("pool", "pool"), {
    status: "down",
    reasons: ["no server is in service", "server x is ejected: connect: refused", /server y/],
  });
  t.match(health({})("pool", "empty"), { status: "down", reasons: ["it has no server"] });
});

const unreachable: ServiceState = { ...ready, state: "unreachable", reason: "connect ECONNREFUSED" };
const connecting: ServiceState = { ...ready, state: "connecting" };
const failing: ServiceState = { ...ready, state: "failing", reason: "timeout; stays" };

t.test("a pool is not up while one of its servers has not answered, or fails and has to stay", async (t) => {
  for (const [server, words] of [
    [unreachable, "cannot be reached: connect ECONNREFUSED"],
    [connecting, "has not answered yet"],
    [failing, "fails: timeout; stays"],
  ] as const) {
    t.match(health({}, [server, ready])("pool", "pool"), {
      status: "degraded",
      reasons: [`server x ${words}`],
    });
    t.match(health({}, [server, connecting])("pool", "pool"), { status: "degraded" });
  }
  for (const server of [unreachable, failing, ejected]) {
    t.match(health({}, [server, unreachable])("pool", "pool"), {
      status: "down",
      reasons: ["no server answers", /^server x/, "server y cannot be reached: connect ECONNREFUSED"],
    });
  }
});

t.test("a server that drains is as it should be", async (t) => {
  t.match(health({}, [draining, ready])("pool", "pool"), { status: "up", reasons: [] });
});

t.test("a listener is degraded by a pool that is down", async (t) => {
  t.match(health({}, [ejected, draining])("listener", "cache"), {
    status: "degraded",
    reasons: ["pool pool is down"],
  });
});

t.test("a discovery that fails degrades its pool", async (t) => {
  const state = {
    source: "dns",
    target: "x",
    lastSuccess: null,
    error: "no such name",
    failures: 1,
    servers: null,
  };
  const find = health({ discoveryOf: () => state as never });
  t.match(find("pool", "pool"), { status: "degraded", reasons: ["discovery fails: no such name"] });
});

t.test("workers that are missing degrade, and without any nothing serves", async (t) => {
  t.match(health({ workers: { up: 1, of: 2 } })("workers"), {
    status: "degraded",
    reasons: ["1 of 2 workers are not alive"],
  });
  const find = health({ workers: { up: 0, of: 2 } });
  t.match(find("workers"), { status: "down" });
  t.match(find("listener", "cache"), { status: "down", reasons: ["no worker is alive"] });
});

t.test("before the first snapshot there are only workers", async (t) => {
  t.equal(health({ snapshot: null })("listener", "cache"), undefined);
});
