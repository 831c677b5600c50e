import t from "tap";
import { type ServerOverride, ServerOverrides } from "../../../src/roles/ambassador/server-overrides.ts";
import { poolOptions, serverOptions } from "../../support/pools.ts";

const override = (server: string, more: Partial<ServerOverride> = {}): ServerOverride => ({
  pool: "a",
  server,
  state: null,
  weight: null,
  since: 5,
  ...more,
});
const pools = {
  a: poolOptions("a", [serverOptions("x"), serverOptions("y", 1, { drain: true, weight: 3 })]),
};

t.test("a change lies over what is configured, and leaves the rest", async (t) => {
  const overrides = new ServerOverrides()
    .with(override("x", { state: "drain" }))
    .with(override("y", { state: "ready", weight: 7 }));
  const [x, y] = overrides.over(pools)["a"]!.servers;
  t.match(x, { id: "x", drain: true, weight: 1 });
  t.match(y, { id: "y", drain: false, weight: 7 });
  t.match(pools.a.servers[1], { drain: true, weight: 3 }, "what is configured is as it was");
  t.same(overrides.view("a", "y", pools), {
    state: "ready",
    weight: 7,
    since_unix_ms: 5,
    configured_state: "drain",
    configured_weight: 3,
  });
});

t.test("a later change takes the place of an earlier one, and an empty one takes it back", async (t) => {
  const first = new ServerOverrides().with(override("x", { state: "drain" }));
  t.same(first.with(override("x", { weight: 2 })).all, [override("x", { weight: 2 })]);
  const none = first.with(override("x"));
  t.same(none.all, []);
  t.equal(none.over(pools), pools, "without changes nothing is copied");
});

t.test("what is of a server or a pool that has gone is forgotten", async (t) => {
  const overrides = new ServerOverrides([
    override("x", { weight: 2 }),
    override("z", { weight: 2 }),
    override("x", { pool: "b", weight: 2 }),
  ]);
  const kept = overrides.keptFor(pools);
  t.same(kept.all, [override("x", { weight: 2 })]);
  t.equal(kept.keptFor(pools), kept);
});
