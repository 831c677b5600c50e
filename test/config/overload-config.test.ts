import t from "tap";
import { parseConfig } from "../../src/config/load-config.ts";

const rest = `memcache: [{ name: l, listen: ":1", pool: a }]\npools: { a: { servers: [x] } }\n`;

function load(lines: string) {
  const loaded = parseConfig(`${lines}\n${rest}`, "/etc/podmate/f.yml", {});
  if (loaded.ok) return { config: loaded.config, errors: [] };
  return { config: undefined, errors: loaded.errors.map(({ path, message }) => `${path}: ${message}`) };
}

t.test("overload is on with safe defaults, in part or in whole off where that is said", (t) => {
  const preset = {
    event_loop_delay: { low: 200, normal: null },
    cpu_pressure: { low: 50, normal: null },
    memory_pressure: { low: 20, normal: 60 },
    memory: { low: 90, normal: 97 },
    memory_warnings: [80, 95],
    calm: 5_000,
    cgroup: null,
  };
  t.same(load("").config?.overload, preset);
  t.same(load("overload: true").config?.overload, preset);
  t.equal(load("overload: false").config?.overload, null);
  t.same(
    load(
      "overload: { memory: { low: 50, normal: false }, cpu_pressure: false, event_loop_delay: { normal: 1s }, cgroup: c }",
    ).config?.overload,
    {
      ...preset,
      event_loop_delay: { low: 200, normal: 1_000 },
      cpu_pressure: null,
      memory: { low: 50, normal: null },
      cgroup: "/etc/podmate/c",
    },
  );
  t.end();
});

t.test("normal priority is refused later than low", (t) => {
  t.same(load("overload: { memory: { low: 97 }, event_loop_delay: { low: 1s, normal: 500ms } }").errors, [
    "overload.memory.normal: 97 is not above low",
    'overload.event_loop_delay.normal: "500ms" is not above low',
  ]);
  t.end();
});

t.test("replicate is off unless it is said how", (t) => {
  t.equal(load("").config?.replicate, null);
  t.same(load("replicate: { kubernetes: true }").config?.replicate, {
    by: { kind: "kubernetes" },
    min: 1,
    max: 10,
    cool_down: 60_000,
    timeout: 10_000,
  });
  t.same(load("replicate: { command: [/bin/scale, -v], cool_down: 0, max: 3 }").config?.replicate, {
    by: { kind: "command", command: "/bin/scale", args: ["-v"] },
    min: 1,
    max: 3,
    cool_down: 0,
    timeout: 10_000,
  });
  t.end();
});

t.test("there is one way to scale, and room between the bounds", (t) => {
  for (const [given, error] of [
    ["{}", "replicate: nothing can scale; give kubernetes or command"],
    ["{ kubernetes: true, command: [a] }", "replicate: kubernetes and command are given; give one of them"],
    [`{ command: [""] }`, "replicate.command: the command is empty"],
    ["{ kubernetes: true, min: 5, max: 4 }", "replicate.max: 4 is less than min (5)"],
  ] as const) {
    t.same(load(`replicate: ${given}`).errors, [error]);
  }
  t.end();
});
