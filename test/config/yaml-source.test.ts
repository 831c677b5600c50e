// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in configuration files look like that
import fc from "fast-check";
import t from "tap";
import { stringify } from "yaml";
import { readYaml } from "../../src/config/yaml-source.ts";

t.test("values remember where they stood", async (t) => {
  const source = readYaml("a: 1\nlist:\n  - x\n  - { key: value }\n");
  t.same(source.value, { a: 1, list: ["x", { key: "value" }] });
  t.same(source.position(["list", 1, "key"]), { line: 4, column: 12 });
  t.same(source.keyPosition(["list", 1, "key"]), { line: 4, column: 7 });
  t.same(source.position(["list", 1, "missing"]), { line: 4, column: 5 }, "its nearest ancestor");
});

t.test("a scalar keeps how it was written", async (t) => {
  const source = readYaml('mode: 0660\nquoted: "0660"\n');
  t.same(source.scalar(["mode"]), { value: 660, source: "0660", plain: true });
  t.same(source.scalar(["quoted"]), { value: "0660", source: "0660", plain: false });
});

t.test("anchors, aliases and merge keys unfold", async (t) => {
  const source = readYaml("a: &a { x: 1, y: 2 }\nb: { <<: *a, y: 3 }\nc: *a\nd: { <<: [*a, { z: 4 }] }\n");
  t.same(source.problems, []);
  t.same(source.value, { a: { x: 1, y: 2 }, b: { x: 1, y: 3 }, c: { x: 1, y: 2 }, d: { x: 1, y: 2, z: 4 } });
});

t.test("problems name their place", async (t) => {
  const cases: [string, number, RegExp][] = [
    ["a: 1\nb: 2\na: 3\n", 3, /"a" stands here twice/],
    ["a: [1\nb: 2\n", 2, /not valid YAML/],
    ["a: 1\n--- \nb: 2\n", 2, /second document/],
    ["a: *nothing\n", 1, /Unresolved alias|no anchor/],
    ["a: &a\n  b: *a\n", 2, /part of itself/],
    ["a:\n  <<: 5\n", 2, /<< takes a map/],
    ["[1, 2]: x\n", 1, /a key must be a plain text/],
    ["a: !thing x\n", 1, /not valid YAML/],
    ["a: { b: ${C} }\n", 1, /a variable needs quotes/],
    ["[".repeat(50_000), 1, /nested too deep/],
    [`${"- ".repeat(80)}x\n`, 1, /nested deeper than 64 levels/],
  ];
  for (const [text, line, message] of cases) {
    const [problem] = readYaml(text).problems;
    t.match(problem?.message, message);
    t.equal(problem?.line, line, text.slice(0, 20));
  }
});

t.test("aliases that unfold without end are refused", async (t) => {
  const laughs = Array.from(
    { length: 30 },
    (_, i) => `k${i}: &k${i} [${i === 0 ? "x" : `*k${i - 1}, *k${i - 1}`}]\n`,
  );
  t.match(readYaml(laughs.join("")).problems[0]?.message, /more than 200000 values/);
  const merges = Array.from(
    { length: 30 },
    (_, i) => `k${i}: &k${i} {<<: [${i === 0 ? "{}" : `*k${i - 1}, *k${i - 1}`}]}\n`,
  );
  t.match(readYaml(merges.join("")).problems[0]?.message, /more than 200000 values/);
  t.match(
    readYaml("a: &x {}\nb: &y {<<: *x}\nc: &x {<<: *y}\nd: {<<: *x}\n").problems[0]?.message,
    /<< takes a map/,
  );
});

t.test("a key of __proto__ is a key like others", async (t) => {
  const { value } = readYaml("__proto__: { polluted: true }\n");
  t.ok(Object.hasOwn(value as object, "__proto__"));
  t.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

t.test("any JSON value is read as itself", async () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value);
      return JSON.stringify(readYaml(text).value) === text;
    }),
    { numRuns: 200 },
  );
});

t.test("any YAML text that the library writes is read as it was meant", async () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.jsonValue({ maxDepth: 3 })),
      (value) => JSON.stringify(readYaml(stringify(value)).value) === JSON.stringify(value),
    ),
    { numRuns: 100 },
  );
});
