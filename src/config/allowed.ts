import type { Bounds } from "./schema-terms.ts";
import { formatDuration, formatSize } from "./units.ts";

/** What `allowed` reads of a schema. */
export interface AllowedSchema {
  readonly allowed?: string;
  readonly anyOf?: readonly AllowedSchema[];
  readonly toggle?: boolean;
  readonly shorthand?: string;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly type?: string | readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly duration?: Bounds;
  readonly size?: Bounds;
  readonly endpoint?: "listen" | "server";
  readonly zero?: string;
  readonly secret?: boolean;
  readonly items?: AllowedSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
}

/** Says in words which values a schema allows: for error messages and the table of settings. */
export function allowed(schema: AllowedSchema): string {
  if (schema.allowed !== undefined) return schema.allowed;
  if (schema.toggle) return allowedByToggle(schema);
  if (schema.anyOf) return orList([...schema.anyOf].reverse().map(allowed));
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum) return orList(schema.enum);
  if (schema.duration) {
    const { min, max } = schema.duration;
    const zero = schema.zero === undefined ? "" : `, or 0 (${schema.zero})`;
    return `a duration from ${formatDuration(min)} to ${formatDuration(max)}${zero}`;
  }
  if (schema.size) return `a size from ${formatSize(schema.size.min)} to ${formatSize(schema.size.max)}`;
  if (schema.endpoint === "listen") return "host:port, [ipv6]:port, :port or unix:/path";
  if (schema.endpoint === "server") return "host:port, [ipv6]:port, unix:/path or a host alone";
  return allowedByType(schema);
}

function allowedByToggle({ anyOf = [] }: AllowedSchema): string {
  const [on, off] = anyOf as [AllowedSchema, AllowedSchema];
  return off.const === false ? `${allowed(on)}, or false (off)` : `true, false or ${allowed(on)}`;
}

function allowedByType(schema: AllowedSchema): string {
  switch (schema.type) {
    case "boolean":
      return "true or false";
    case "integer":
      return `a whole number from ${schema.minimum} to ${schema.maximum}`;
    case "number":
      return `a number from ${schema.minimum} to ${schema.maximum}`;
    case "array":
      return `a list of ${schema.minItems} to ${schema.maxItems} items`;
    case "object":
      return "a map of settings";
    default:
      return "a text";
  }
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
