import { formatPath, type Path } from "./config-error.ts";
import { fillDefaults, mainBranch, type SchemaNode } from "./fill-defaults.ts";
import { toBytes, toMilliseconds } from "./units.ts";

/** The way back of `fillDefaults`: the shortest form that fills in to the same. */
export function trimDefaults(schema: object, value: unknown): unknown {
  return write(schema as SchemaNode, value, false);
}

/** A filled-in form as an operator would write it in full: `false` for what is off, nothing for what is absent. */
export function spellOut(schema: object, value: unknown): unknown {
  return write(schema as SchemaNode, value, true);
}

/** The paths of all settings of a filled-in form that are there and at their default, in the order of the schema. */
export function defaultPaths(schema: object, value: unknown): string[] {
  const paths: string[] = [];
  collect(schema as SchemaNode, value, [], paths);
  return paths;
}

function write(schema: SchemaNode, value: unknown, full: boolean): unknown {
  if (value === null) return false;
  if (schema.toggle) {
    const on = write(mainBranch(schema), value, full);
    return isEmpty(on) ? true : on;
  }
  if (schema.shorthand !== undefined) {
    const map = write(mainBranch(schema), value, full) as Record<string, unknown>;
    return Object.keys(map).length === 1 && schema.shorthand in map ? map[schema.shorthand] : map;
  }
  if (Array.isArray(value)) return value.map((item) => write(schema.items as SchemaNode, item, full));
  return isMap(value) ? writeMap(schema, value, full) : value;
}

function writeMap(schema: SchemaNode, map: Settings, full: boolean): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(map)) {
    const property = propertyOf(schema, key);
    const absent = item === null && !property.toggle;
    if (absent || (!full && isDefault(property, item))) continue;
    const value = write(property, item, full);
    // A section that is null if it is left out, and of which nothing is left, says no more than null.
    if (full || property.default !== null || !isEmpty(value)) written[key] = value;
  }
  return written;
}

function collect(wrapped: SchemaNode, value: unknown, path: Path, paths: string[]): void {
  const schema = unwrap(wrapped);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      collect(schema.items as SchemaNode, item, [...path, index], paths);
  } else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      const property = propertyOf(schema, key);
      const absent = item === null && !property.toggle && !property.byProtocol;
      // A section is not itself at its default; its settings are.
      if (!isMap(item) && !absent && isDefault(property, item)) paths.push(formatPath([...path, key]));
      else collect(property, item, [...path, key], paths);
    }
  }
}

function isDefault(schema: SchemaNode, value: unknown): boolean {
  return "default" in schema && same(schema, fillDefaults(schema, schema.default), value);
}

/** Whether two filled-in values mean the same: `60s` is `1m`. */
function same(wrapped: SchemaNode, a: unknown, b: unknown): boolean {
  const schema = unwrap(wrapped);
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (schema.duration) return toMilliseconds(a as string) === toMilliseconds(b as string);
  if (schema.size) return toBytes(a as string) === toBytes(b as string);
  if (isMap(a) && isMap(b))
    return Object.keys(a).every((key) => same(propertyOf(schema, key), a[key], b[key]));
  return JSON.stringify(a) === JSON.stringify(b);
}

function propertyOf(schema: SchemaNode, key: string): SchemaNode {
  const property =
    schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
  return property ?? (schema.additionalProperties as SchemaNode);
}

function unwrap(schema: SchemaNode): SchemaNode {
  return schema.toggle || schema.shorthand !== undefined ? unwrap(mainBranch(schema)) : schema;
}

function isEmpty(value: unknown): boolean {
  return isMap(value) && Object.keys(value).length === 0;
}

type Settings = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Settings {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
