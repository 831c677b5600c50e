import { jsonSchema } from "../../src/config/json-schema.ts";
import type { Json } from "./value.ts";

type Node = Record<string, unknown>;

/** What the templates set themselves, so that it cannot stand in the values. */
const setByTemplates = ["admin.probes", "lifecycle.mode"];

/** Most repetitions that Go's regular expressions count. */
const mostRepetitions = 1000;

/** A text may hold a variable of the environment, or a template. */
const open = "\\$\\{|\\{\\{";

/**
 * The schema of podmate.yaml as a part of a chart's values. Helm runs its patterns by Go's regexp, which knows no lookahead
 * and counts to 1000; what is lost by that, podmate checks at its start. Nothing at the top is required: values are merged
 * from several files, and what is missing is said by the templates.
 */
export function configPart(): Json {
  const { $schema: _, title: __, required: ___, ...schema } = jsonSchema();
  const part = adapted(schema) as Node;
  for (const path of setByTemplates) {
    const [section, key] = path.split(".") as [string, string];
    const properties = part["properties"] as Record<string, Node>;
    delete (properties[section]!["properties"] as Node)[key];
  }
  return part;
}

function adapted(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(adapted);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, adaptedKeyword(key, value)]));
}

function adaptedKeyword(key: string, value: unknown): unknown {
  if (key === "pattern" && typeof value === "string") return goPattern(value);
  const inner = adapted(value);
  if (!isNode(inner)) return inner;
  if (key === "additionalProperties") return orNull(inner);
  if (key !== "properties") return inner;
  return Object.fromEntries(Object.entries(inner).map(([name, each]) => [name, orNull(each as Node)]));
}

/** Null takes back what another file of values has set. */
function orNull(node: Node): Node {
  const { type, anyOf } = node;
  if (Array.isArray(anyOf)) return { ...node, anyOf: [...anyOf, { type: "null" }] };
  return { ...node, type: [type, "null"].flat() };
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A pattern that lets through at least what this one does, in the form that Go's regexp takes. */
export function goPattern(pattern: string): string {
  if (pattern === "\\$\\{") return open;
  return withoutLookahead(pattern).replace(/\{(\d+),(\d+)\}/g, (whole, least, most) =>
    Number(most) > mostRepetitions ? `{${least},}` : whole,
  );
}

/** Leaves `(?=…)` and `(?!…)` out; none of ours has a bracket expression with a parenthesis within. */
function withoutLookahead(pattern: string): string {
  const start = pattern.search(/\(\?[=!]/);
  if (start < 0) return pattern;
  let depth = 0;
  for (let at = start; at < pattern.length; at++) {
    if (pattern[at - 1] === "\\") continue;
    if (pattern[at] === "(") depth++;
    if (pattern[at] === ")" && --depth === 0)
      return withoutLookahead(pattern.slice(0, start) + pattern.slice(at + 1));
  }
  throw new Error(`unbalanced: ${pattern}`);
}
