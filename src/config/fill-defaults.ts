/** The parts of a JSON Schema that say how a value is filled in. */
interface Node {
  readonly type?: string;
  readonly anyOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly default?: unknown;
  readonly toggle?: boolean;
  readonly shorthand?: string;
}

/**
 * A valid value with each setting that was left out at its default and each short form spelt out: `true` becomes
 * a section of defaults, `false` becomes null, a bare text the section that it stands for. The value given is
 * not changed.
 */
export function fillDefaults(schema: object, value: unknown): unknown {
  return fill(schema as Node, value);
}

function fill(schema: Node, value: unknown): unknown {
  if (value === null) return null;
  if (schema.toggle) return value === false ? null : fill(sectionOf(schema), value === true ? {} : value);
  if (schema.shorthand !== undefined) {
    return fill(sectionOf(schema), typeof value === "object" ? value : { [schema.shorthand]: value });
  }
  if (Array.isArray(value))
    return schema.items ? value.map((item) => fill(schema.items as Node, item)) : value;
  if (typeof value !== "object") return value;
  return fillMap(schema, value as Readonly<Record<string, unknown>>);
}

function fillMap(schema: Node, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const filled: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    filled[key] = fill(property, Object.hasOwn(given, key) ? given[key] : property.default);
  }
  if (typeof schema.additionalProperties !== "object") return filled;
  for (const [key, value] of Object.entries(given)) filled[key] = fill(schema.additionalProperties, value);
  return filled;
}

function sectionOf(schema: Node): Node {
  return schema.anyOf?.find((branch) => branch.properties !== undefined) as Node;
}
