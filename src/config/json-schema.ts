import { schema } from "./schema.ts";

type Json = Record<string, unknown>;

/** Keywords of ours, which other programs would not know. */
const own: ReadonlySet<string> = new Set([
  "toggle",
  "shorthand",
  "allowed",
  "zero",
  "secret",
  "byProtocol",
  "duration",
  "size",
  "endpoint",
]);

/** A text with a variable in it may become anything, so that an editor must let it pass. */
const variable = { type: "string", pattern: "\\$\\{" };

/** The schema of the configuration file as plain JSON Schema (draft-07), for editors and other programs. */
export function jsonSchema(): Json {
  const { description: _, ...root } = plain(schema as unknown as Json);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "podmate configuration",
    description: "The configuration file of podmate, in YAML or JSON.",
    ...root,
  };
}

function withoutOwn(node: Json): Json {
  return Object.fromEntries(
    Object.entries(node).filter(([key, value]) => !own.has(key) && value !== undefined),
  );
}

function plain(node: Json): Json {
  const copy: Json = {};
  for (const [key, value] of Object.entries(withoutOwn(node))) {
    if (key === "properties") copy[key] = mapValues(value as Json);
    else if (key === "propertyNames") copy[key] = withoutOwn(value as Json);
    else if (key === "anyOf") copy[key] = (value as Json[]).map(plain);
    else if (key === "items" || (key === "additionalProperties" && typeof value === "object")) {
      copy[key] = plain(value as Json);
    } else copy[key] = value;
  }
  const unit = node["duration"] ? "(ms|s|m|h)" : "([kKMG]i?B|B)?";
  const bare = node["duration"] ? { type: "integer", const: 0 } : { type: "integer", minimum: 0 };
  if (node["duration"] || node["size"]) {
    return choice(copy, [bare, { type: "string", pattern: `^(0|[0-9]+(\\.[0-9]+)? ?${unit})$` }, variable]);
  }
  return isLeaf(node) ? choice(copy, [copy, variable]) : copy;
}

/** The branches of a choice, with what describes it as a whole above them. */
function choice(whole: Json, branches: readonly Json[]): Json {
  const annotations = ["description", "default"];
  const pick = (node: Json, wanted: boolean): Json =>
    Object.fromEntries(Object.entries(node).filter(([key]) => annotations.includes(key) === wanted));
  return { ...pick(whole, true), anyOf: branches.map((branch) => pick(branch, false)) };
}

/** Whether a text with a variable could stand here but would not fit. */
function isLeaf(node: Json): boolean {
  const { type } = node;
  if (node["const"] === false) return false;
  return type === "integer" || type === "number" || type === "boolean" || "pattern" in node || "enum" in node;
}

function mapValues(properties: Json): Json {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, plain(value as Json)]));
}
