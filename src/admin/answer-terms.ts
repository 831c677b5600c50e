import type { Static, TArray, TObject, TOptional, TProperties, TSchema, TUnsafe } from "typebox";

export type { Static } from "typebox";

/**
 * The words in which answers and requests of the management interface are written down, once for the types, the
 * OpenAPI document and the tests. Each yields plain JSON Schema (draft 2020-12, as OpenAPI 3.1 wants it): of TypeBox
 * only the types are used, since loading it would cost every daemon that is looked at 10 MB.
 */
export function text(description: string, more: object = {}): TUnsafe<string> {
  return { type: "string", description, ...more } as unknown as TUnsafe<string>;
}

export function oneOf<const T extends string>(values: readonly T[], description: string): TUnsafe<T> {
  return { type: "string", enum: values, description } as unknown as TUnsafe<T>;
}

export function flag(description: string): TUnsafe<boolean> {
  return { type: "boolean", description } as unknown as TUnsafe<boolean>;
}

/** A whole number, 0 or more unless `more` says otherwise. */
export function count(description: string, more: object = {}): TUnsafe<number> {
  return { type: "integer", minimum: 0, description, ...more } as unknown as TUnsafe<number>;
}

export function decimal(description: string, more: object = {}): TUnsafe<number> {
  return { type: "number", description, ...more } as unknown as TUnsafe<number>;
}

/** null stands for what is not known, or not measured yet; the description says which. */
export function nullable<S extends TSchema>(schema: S): TUnsafe<Static<S> | null> {
  const { type, description, ...plain } = schema as {
    readonly type?: unknown;
    readonly description?: string;
  };
  // Of a choice of schemas, the one for null would make null of a 0 that comes in.
  if (typeof type !== "string") return { anyOf: [schema, { type: "null" }], description } as never;
  const values = (plain as { readonly enum?: readonly unknown[] }).enum;
  return { type: [type, "null"], description, ...plain, ...(values && { enum: [...values, null] }) } as never;
}

export function list<S extends TSchema>(items: S, description: string): TArray<S> {
  return { type: "array", items, description } as unknown as TArray<S>;
}

/** Numbers by name. */
export function counts(description: string): TUnsafe<Readonly<Record<string, number>>> {
  return { type: "object", additionalProperties: { type: "number" }, description } as never;
}

/** JSON of any shape; the description says where that shape is laid down. */
export function json<T = unknown>(description: string): TUnsafe<T> {
  return { description } as unknown as TUnsafe<T>;
}

const optionals = new WeakSet<object>();

/** May be absent; the description says when. */
export function maybe<S extends TSchema>(schema: S): TOptional<S> {
  const marked = { ...schema };
  optionals.add(marked);
  return marked as unknown as TOptional<S>;
}

/** An object with these properties and no others. */
export function object<P extends TProperties>(properties: P, description?: string): TObject<P> {
  const required = Object.keys(properties).filter((name) => !optionals.has(properties[name] as object));
  const schema = { type: "object", properties, required, additionalProperties: false };
  return (description === undefined ? schema : { ...schema, description }) as unknown as TObject<P>;
}

export type Answer<S extends TSchema> = Static<S>;
