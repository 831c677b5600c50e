import t from "tap";
import { type VerdictFacts, verdictOf } from "../../src/admin/verdict.ts";
import type { ComponentHealth } from "../../src/core/component-health.ts";

const fine: VerdictFacts = {
  lifecycle: { state: "ready", reason: "the listeners are open" },
  components: [],
  traffic: [{ pool: "cache", requests: 1_000, failed: 0 }],
  lastReload: null,
  overload: { level: "none", reason: "" },
  memory: null,
};

const part = (kind: string, name: string, more: Partial<ComponentHealth>): ComponentHealth => ({
  role: "ambassador",
  kind,
  name,
  status: "degraded",
  reasons: [],
  ...more,
});

const cases: readonly [name: string, facts: Partial<VerdictFacts>, level: string, ...texts: string[]][] = [
  ["all is well", {}, "ok"],
  [
    "paused",
    { lifecycle: { state: "paused", reason: "upgrade" } },
    "degraded",
    "The daemon is paused: upgrade",
  ],
  ["stopped", { lifecycle: { state: "stopped", reason: "" } }, "failing", "The daemon is stopped"],
  ["a few accidents", { traffic: [{ pool: "cache", requests: 10, failed: 2 }] }, "ok"],
  ["a few of very many", { traffic: [{ pool: "cache", requests: 1_000, failed: 9 }] }, "ok"],
  [
    "some fail",
    { traffic: [{ pool: "cache", requests: 1_000, failed: 25 }] },
    "degraded",
    "Pool cache: 2.5 % of the requests fail",
  ],
  [
    "many fail",
    { traffic: [{ pool: "cache", requests: 1_000, failed: 230 }] },
    "failing",
    "Pool cache: 23 % of the requests fail",
  ],
  [
    "most fail, some of them begun earlier",
    { traffic: [{ pool: "cache", requests: 10, failed: 12 }] },
    "failing",
    "Pool cache: most requests fail (100 %)",
  ],
  [
    "servers out of service",
    { components: [part("pool", "cache", { reasons: ["server a is ejected: timeout", "b", "c", "d"] })] },
    "degraded",
    "Pool cache: server a is ejected: timeout; b; 2 more",
  ],
  [
    "no server in service, which its listener need not repeat",
    {
      components: [
        part("listener", "web", { reasons: ["pool cache is down"] }),
        part("pool", "cache", { status: "down", reasons: ["no server is in service"] }),
      ],
    },
    "failing",
    "Pool cache: no server is in service",
  ],
  [
    "workers",
    { components: [part("workers", "", { reasons: ["1 of 4 workers are not alive"] })] },
    "degraded",
    "Workers: 1 of 4 workers are not alive",
  ],
  [
    "the app is down, which is not podmate's failure",
    { components: [part("health", "", { role: "app", status: "down", reasons: ["it says so"] })] },
    "degraded",
    "The app's health: it says so",
  ],
  [
    "a failed reload",
    { lastReload: { ok: false, version: 3, errors: ["a.yml:1:2: no", "more"] } },
    "degraded",
    "The last reload failed, version 3 stays in force: a.yml:1:2: no",
  ],
  ["a good reload", { lastReload: { ok: true, version: 3, errors: [] } }, "ok"],
  [
    "overload",
    { overload: { level: "low", reason: "memory at 91 %" } },
    "degraded",
    "Requests of low priority are refused: memory at 91 %",
  ],
  ["memory", { memory: { used: 95, limit: 100 } }, "degraded", "Memory is at 95 % of its limit"],
  ["memory enough", { memory: { used: 80, limit: 100 } }, "ok"],
];

for (const [name, facts, level, ...texts] of cases) {
  t.test(name, async (t) => {
    const verdict = verdictOf({ ...fine, ...facts });
    t.equal(verdict.level, level);
    t.same(
      verdict.reasons.map(({ text }) => text),
      texts,
    );
  });
}

t.test("the gravest comes first, whatever it is", async (t) => {
  const { level, reasons } = verdictOf({
    ...fine,
    lifecycle: { state: "draining", reason: "SIGTERM" },
    components: [part("pool", "other", { status: "down" })],
    traffic: [{ pool: "cache", requests: 100, failed: 80 }],
  });
  t.equal(level, "failing");
  t.same(
    reasons.map(({ level, pool }) => [level, pool]),
    [
      ["failing", "cache"],
      ["failing", "other"],
      ["degraded", null],
    ],
  );
});
