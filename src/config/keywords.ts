import type { AllowedSchema } from "./allowed.ts";
import { parseListen, parseServer } from "./endpoint.ts";
import type { Bounds } from "./schema-terms.ts";
import { parseDuration, parseSize, type Reading } from "./units.ts";

/** A schema as `validate` reads it: the part of JSON Schema that `schema-terms.ts` writes, and keywords of our own. */
export interface Schema extends AllowedSchema {
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
}

/** Whether a value is as the keyword wants it, or why not where that says more than what is allowed. */
type Check = (value: never, setting: never, schema: Schema) => boolean | Reading<unknown>;

/** What each keyword of the schema asks, by the kind of value that it asks it of. */
export const checks = {
  string: {
    pattern: (text: string, pattern: string) => new RegExp(pattern, "u").test(text),
    maxLength: (text: string, most: number) => [...text].length <= most,
    endpoint: (text: string, kind: string) => (kind === "listen" ? parseListen : parseServer)(text),
  },
  number: {
    minimum: (number: number, least: number) => number >= least,
    maximum: (number: number, most: number) => number <= most,
  },
  scalar: {
    enum: (value: unknown, values: readonly unknown[]) => values.includes(value),
    const: (value: unknown, only: unknown) => value === only,
    duration: (value: string | number, bounds: Bounds, { zero }: Schema) => {
      const reading = parseDuration(value);
      if ("value" in reading && reading.value === 0 && zero !== undefined) return reading;
      return within(reading, bounds);
    },
    size: (value: string | number, bounds: Bounds) => within(parseSize(value), bounds),
  },
  list: {
    minItems: (list: readonly unknown[], least: number) => list.length >= least,
    maxItems: (list: readonly unknown[], most: number) => list.length <= most,
  },
  map: {
    minProperties: (map: object, least: number) => Object.keys(map).length >= least,
    maxProperties: (map: object, most: number) => Object.keys(map).length <= most,
  },
} as const satisfies Record<string, Record<string, Check>>;

/** Whether `value` is of the schema's type; any, where it names none. */
export function isOfType(value: unknown, { type }: Schema): boolean {
  return type === undefined || [type].flat().some((each) => isOf(value, each));
}

/** null if `value`, of the schema's type, is as each keyword wants it; else why not, in a word or none. */
export function misfit(value: unknown, schema: Schema): { readonly reason: string } | null {
  for (const kind of kindsOf(value)) {
    for (const [keyword, check] of Object.entries<Check>(checks[kind])) {
      const setting = (schema as Readonly<Record<string, unknown>>)[keyword];
      if (setting === undefined) continue;
      const outcome = check(value as never, setting as never, schema);
      if (outcome === false) return { reason: "" };
      if (outcome !== true && "reason" in outcome) return outcome;
    }
  }
  return null;
}

function isOf(value: unknown, type: string): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "number":
      return Number.isFinite(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isMap(value);
    default:
      return typeof value === type;
  }
}

/** A map of settings or of names, and no list. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindsOf(value: unknown): readonly (keyof typeof checks)[] {
  if (Array.isArray(value)) return ["list"];
  if (isMap(value)) return ["map"];
  if (typeof value === "string") return ["scalar", "string"];
  return typeof value === "number" ? ["scalar", "number"] : ["scalar"];
}

function within(reading: Reading<number>, { min, max }: Bounds): Reading<number> {
  if ("reason" in reading || (reading.value >= min && reading.value <= max)) return reading;
  return { reason: reading.value < min ? "it is too small" : "it is too large" };
}
