export type Json = Readonly<Record<string, unknown>>;

/** One value of a chart. */
export interface Value {
  readonly description: string;
  readonly default: unknown;
  /** What it may be, as JSON Schema. */
  readonly schema: Json;
}

/** Values that belong together; others than these are refused. */
export interface Group {
  readonly description: string;
  readonly values: Values;
}

export type Values = Readonly<Record<string, Value | Group>>;

export function isGroup(entry: Value | Group): entry is Group {
  return "values" in entry;
}

const any = { type: "object" };

export function text(fallback: string, description: string): Value {
  return { description, default: fallback, schema: { type: "string" } };
}

/** A text of a pattern, which has to be one of Go's, too. */
export function pattern(fallback: string, allowed: RegExp, description: string): Value {
  return { description, default: fallback, schema: { type: "string", pattern: allowed.source } };
}

export function flag(fallback: boolean, description: string): Value {
  return { description, default: fallback, schema: { type: "boolean" } };
}

export function oneOf(choices: readonly [unknown, ...unknown[]], description: string): Value {
  return { description, default: choices[0], schema: { enum: choices } };
}

export function whole(fallback: number, minimum: number, maximum: number, description: string): Value {
  return { description, default: fallback, schema: { type: "integer", minimum, maximum } };
}

/** A map of texts, as labels and annotations are. */
export function texts(fallback: Readonly<Record<string, string>>, description: string): Value {
  return {
    description,
    default: fallback,
    schema: { type: "object", additionalProperties: { type: "string" } },
  };
}

/** A list of objects of Kubernetes, which checks them itself. */
export function objects(description: string, fallback: readonly Json[] = []): Value {
  return { description, default: fallback, schema: { type: "array", items: any } };
}

/** `resources` of a container. */
export function resources(fallback: Json, description: string): Value {
  const quantities = { type: "object", additionalProperties: { type: ["string", "number", "null"] } };
  return {
    description,
    default: fallback,
    schema: {
      type: "object",
      additionalProperties: false,
      properties: { limits: quantities, requests: quantities, claims: { type: "array", items: any } },
    },
  };
}
