import { Ajv, type AnySchemaObject } from "ajv";
import fc from "fast-check";
import t from "tap";
import { checks, type Schema } from "../../src/config/keywords.ts";
import { schema } from "../../src/config/schema.ts";
import { validate } from "../../src/config/validate.ts";
import { configForms } from "../support/config-forms.ts";

const ownKeywords = ["duration", "size", "endpoint"] as const;
/** What is there for people and for filling in. */
const annotations = [
  "description",
  "default",
  "toggle",
  "shorthand",
  "byProtocol",
  "allowed",
  "zero",
  "secret",
];
const structure = [
  "type",
  "anyOf",
  "properties",
  "required",
  "additionalProperties",
  "propertyNames",
  "items",
];

/** Does what `validate` does by way of ajv; of our own keywords it takes the meaning from us. */
function ajvCheck(): (value: unknown) => boolean {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  ajv.addVocabulary(annotations.filter((word) => word !== "description" && word !== "default"));
  for (const keyword of ownKeywords) {
    const check = keyword === "endpoint" ? checks.string.endpoint : checks.scalar[keyword];
    ajv.addKeyword({
      keyword,
      type: keyword === "endpoint" ? "string" : ["string", "number"],
      validate: (setting: unknown, value: unknown, parent?: AnySchemaObject) =>
        "value" in check(value as never, setting as never, parent as Schema),
    });
  }
  return ajv.compile(schema);
}

type Node = Record<string, unknown>;

function* nodes(node: Node): Generator<Node> {
  yield node;
  const inner = [node["items"], node["additionalProperties"], node["propertyNames"]];
  for (const each of [...inner, ...((node["anyOf"] ?? []) as unknown[])])
    if (typeof each === "object" && each !== null) yield* nodes(each as Node);
  for (const each of Object.values((node["properties"] ?? {}) as Record<string, Node>)) yield* nodes(each);
}

t.test("every keyword of the schema is looked at", async (t) => {
  const known = new Set([...structure, ...annotations, ...Object.values(checks).flatMap(Object.keys)]);
  const used = new Set([...nodes(schema as unknown as Node)].flatMap(Object.keys));
  t.same(
    [...used].filter((keyword) => !known.has(keyword)),
    [],
  );
});

/** Values that fit somewhere and are wrong elsewhere. */
const odd = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    -1,
    1,
    1.5,
    1e12,
    "",
    "a",
    "5s",
    "0ms",
    "5 parsecs",
    "9 MiB",
    "900TiB",
  ),
  fc.constantFrom("auto", "h:1", "h:99999", ":1", "unix:/s", "unix:s", "a\nb", "xxh3", "{}", "0660"),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Changes one thing in a copy of a form: at each level on the way, `turns` says where to go on. */
function damage(form: unknown, turns: readonly number[], put: unknown): unknown {
  const copy = structuredClone(form);
  let at = copy as Node;
  for (const [depth, turn] of turns.entries()) {
    const keys = Object.keys(at);
    const key = keys[turn % keys.length];
    const next = key === undefined ? undefined : at[key];
    if (key === undefined || turn % 7 === 0) at[Array.isArray(at) ? String(keys.length) : "timeout"] = put;
    else if (depth === turns.length - 1 || typeof next !== "object" || next === null) {
      if (turn % 3 === 0 && !Array.isArray(at)) delete at[key];
      else at[key] = put;
    } else {
      at = next as Node;
      continue;
    }
    break;
  }
  return copy;
}

t.test("it takes and refuses what ajv takes and refuses", async (t) => {
  const accepts = ajvCheck();
  let refused = 0;
  const damaged = fc.tuple(configForms, fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), odd);
  fc.assert(
    fc.property(damaged, ([form, turns, put]) => {
      for (const value of [form, damage(form, turns, put)]) {
        const expected = accepts(value);
        const found = validate(structuredClone(value), () => undefined);
        if (!expected) refused++;
        if ((found.length === 0) !== expected)
          throw new Error(`ajv says ${expected}: ${JSON.stringify(value)}`);
      }
    }),
    { numRuns: 300 },
  );
  t.ok(refused > 60, `${refused} were refused`);
});

t.test("a file that is wrong all over is given up, and nothing is relied on", async (t) => {
  const wrong = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`setting ${index}`, 1]));
  const violations = validate(wrong, () => undefined);
  t.ok(violations.length >= 1000 && violations.length < 1100);
  t.same(violations[0]?.doubtful, [[]]);
});
