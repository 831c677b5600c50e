import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import fc from "fast-check";
import t from "tap";
import { jsonSchema } from "../../src/config/json-schema.ts";
import { schema } from "../../src/config/schema.ts";
import { settingsPage } from "../../src/config/settings-page.ts";
import { configForms } from "../support/config-forms.ts";

type Node = { [key: string]: unknown };

/** Every setting of the schema with its path. */
function* settings(node: Node, path: string): Generator<[string, Node]> {
  for (const [key, property] of Object.entries((node["properties"] ?? {}) as Record<string, Node>)) {
    yield [`${path}.${key}`, property];
    yield* settings(property, `${path}.${key}`);
  }
  const inner = [node["items"], node["additionalProperties"], ...((node["anyOf"] as unknown[]) ?? [])];
  for (const each of inner)
    if (typeof each === "object" && each !== null) yield* settings(each as Node, path);
}

t.test("the committed page is current (npm run docs)", async (t) => {
  t.equal(readFileSync(new URL("../../docs/settings.md", import.meta.url), "utf8"), settingsPage());
});

t.test("every setting is described, bounded, and in the page", async (t) => {
  const page = settingsPage();
  for (const [path, node] of settings(schema as unknown as Node, "")) {
    t.match(node["description"], /^\S.*\.$/s, `${path} is described`);
    t.match(page, `| \`${path.split(".").at(-1)}\` |`, `${path} is in the page`);
    if (node["type"] === "integer") t.ok("minimum" in node && "maximum" in node, `${path} is bounded`);
  }
});

t.test("the schema for editors takes what podmate takes, and variables anywhere", async (t) => {
  // Strict: a keyword that is no JSON Schema would be refused.
  const accepts = new Ajv({ strict: true, allowUnionTypes: true }).compile(jsonSchema());
  fc.assert(
    fc.property(configForms, (form) => {
      if (!accepts(form)) throw new Error(JSON.stringify(accepts.errors));
    }),
    { numRuns: 50 },
  );
  const variable = `$${"{X}"}`;
  const pool = { servers: [{ address: variable, weight: variable }], timeout: variable, coalesce: variable };
  const form = {
    workers: variable,
    memcache: [{ name: variable, listen: variable, pool: variable }],
    pools: { a: pool },
  };
  t.ok(accepts(form), JSON.stringify(accepts.errors));
  t.notOk(accepts({ ...form, pools: { a: { ...pool, timeout: 250 } } }));
  t.notOk(accepts({ ...form, pools: { a: { ...pool, timeot: "1s" } } }));
});
