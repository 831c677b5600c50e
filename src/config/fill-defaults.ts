/** The parts of a schema that say how a value is filled in. */
export interface SchemaNode {
  readonly type?: string;
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly default?: unknown;
  readonly toggle?: boolean;
  readonly shorthand?: string;
  readonly duration?: object;
  readonly size?: object;
  readonly byProtocol?: Readonly<Record<"memcache" | "http", unknown>>;
}

/**
 * A valid value with each setting that was left out at its default and each short form spelt out: `true` becomes
 * a section of defaults, `false` becomes null, a bare text the section that it stands for. What is undefined in the
 * value stays so: it was malformed, and no default takes its place. The value given is not changed.
 */
export function fillDefaults(schema: object, value: unknown): unknown {
  return fill(schema as SchemaNode, value);
}

function fill(schema: SchemaNode, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (schema.toggle) return value === false ? null : fill(mainBranch(schema), value === true ? {} : value);
  if (schema.shorthand !== undefined) {
    return fill(mainBranch(schema), typeof value === "object" ? value : { [schema.shorthand]: value });
  }
  if (Array.isArray(value))
    return schema.items ? value.map((item) => fill(schema.items as SchemaNode, item)) : value;
  if (typeof value !== "object") return value;
  return fillMap(schema, value as Readonly<Record<string, unknown>>);
}

function fillMap(schema: SchemaNode, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const filled: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    filled[key] = fill(property, Object.hasOwn(given, key) ? given[key] : property.default);
  }
  if (typeof schema.additionalProperties !== "object") return filled;
  for (const [key, value] of Object.entries(given)) filled[key] = fill(schema.additionalProperties, value);
  return filled;
}

/** The branch of a toggle or shorthand that says what it is when spelt out; it stands first. */
export function mainBranch(schema: SchemaNode): SchemaNode {
  return (schema.anyOf as readonly SchemaNode[])[0] as SchemaNode;
}
