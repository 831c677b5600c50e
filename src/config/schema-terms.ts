import type { Static, TObject, TProperties, TSchema, TUnsafe } from "typebox";

/**
 * The words in which the settings are written down. Every term yields plain JSON Schema plus a few keywords of
 * our own: `duration`, `size` and `endpoint` are checked by `validate.ts`; `toggle` and `shorthand` say how a
 * short form is filled in (`fill-defaults.ts`), `byProtocol` what a pool's defaults are (`protocol-defaults.ts`);
 * `allowed`, `zero` and `secret` are for people (errors and docs).
 *
 * A setting with a default may be left out of the file, and yet is no `?` in the type: the static type of the
 * schema is the filled-in form, in which it is always there.
 */
export interface Keywords {
  readonly description: string;
  readonly default?: unknown;
  /** What the value 0 means. */
  readonly zero?: string;
  /** What is found here must not be shown. */
  readonly secret?: boolean;
}

/** Defaults of a setting of a pool by what its servers speak. */
interface ByProtocol<T> {
  readonly memcache: T;
  readonly http: T;
}

/**
 * Plain JSON Schema whose values have the type T. Of TypeBox only the types are used: its constructors would add
 * nothing to the schema, and loading them costs a quarter of a second and 10 MB.
 */
export function typed<T>(schema: object): TUnsafe<T> {
  return schema as TUnsafe<T>;
}

/** Inclusive bounds. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A map of settings; what it does not list is refused. */
export function section<P extends TProperties>(properties: P, keywords: Partial<Keywords> = {}): TObject<P> {
  const required = Object.keys(properties).filter((key) => !("default" in (properties[key] as object)));
  const schema = { type: "object", required, properties, ...keywords, additionalProperties: false };
  return schema as unknown as TObject<P>;
}

/** A section that `true` switches on with its defaults and `false` switches off; null is off. */
export function toggle<S extends TSchema>(on: S, keywords: Keywords): TUnsafe<Static<S> | null> {
  return typed({ anyOf: [on, { type: "boolean" }], toggle: true, ...keywords });
}

/** Something that may be left out or be `false`, and then is null. */
export function optional<S extends TSchema>(some: S, keywords: Keywords): TUnsafe<Static<S> | null> {
  const off = { type: "boolean", const: false };
  return typed({ anyOf: [some, off], toggle: true, ...keywords, default: false });
}

/** A setting that is null if it is left out, until it is known what the pool's servers speak. */
export function byProtocol<S extends TSchema>(
  setting: S,
  defaults: ByProtocol<Static<S>>,
): TUnsafe<Static<S> | null> {
  return typed({ ...setting, default: null, byProtocol: defaults });
}

/** A section that is null if it is left out. */
export function absent<S extends TSchema>(some: S, keywords: Keywords): TUnsafe<Static<S> | null> {
  return typed({ ...some, ...keywords, default: null });
}

/** A section that a bare text may stand for: the value of its setting `key`. */
export function shorthand<P extends TProperties>(
  key: keyof P & string,
  full: TObject<P>,
  keywords: Partial<Keywords> = {},
): TUnsafe<Static<TObject<P>>> {
  return typed({ anyOf: [full, full.properties[key]], shorthand: key, ...keywords });
}

/** A time such as `250ms`; bounds in ms. 0 is allowed where `zero` says what it means. */
export function duration(bounds: Bounds, keywords: Keywords): TUnsafe<string | number> {
  return typed({ type: ["string", "integer"], duration: bounds, ...keywords });
}

/** An amount of memory such as `1MiB`; bounds in bytes. */
export function size(bounds: Bounds, keywords: Keywords): TUnsafe<string | number> {
  return typed({ type: ["string", "integer"], size: bounds, ...keywords });
}

export function whole(bounds: Bounds, keywords: Keywords): TUnsafe<number> {
  return typed({ type: "integer", minimum: bounds.min, maximum: bounds.max, ...keywords });
}

export function flag(keywords: Keywords): TUnsafe<boolean> {
  return typed({ type: "boolean", ...keywords });
}

export function oneOf<const T extends string>(values: readonly T[], keywords: Keywords): TUnsafe<T> {
  return typed({ type: "string", enum: values, ...keywords });
}

/** A text of a given pattern; `allowed` says the pattern in words. */
export function text(pattern: RegExp, allowed: string, keywords: Keywords): TUnsafe<string> {
  return typed({ type: "string", pattern: pattern.source, allowed, ...keywords });
}

/** A text that is not there unless given. */
export function optionalText(pattern: RegExp, allowed: string, keywords: Keywords): TUnsafe<string | null> {
  return typed({ type: "string", pattern: pattern.source, allowed, ...keywords, default: null });
}

/** An address: of a server, or of where to listen. */
export function endpoint(kind: "listen" | "server", keywords: Keywords): TUnsafe<string> {
  return typed({ type: "string", endpoint: kind, ...keywords });
}

/** A list of at most 4096 items. */
export function listOf<S extends TSchema>(items: S, keywords: Keywords, least = 0): TUnsafe<Static<S>[]> {
  return typed({ type: "array", items, minItems: least, maxItems: 4096, ...keywords });
}

/** A map from names, which the operator chooses, to sections; 1 to 1000 of them. */
export function mapOf<S extends TSchema>(values: S, keywords: Keywords): TUnsafe<Record<string, Static<S>>> {
  const propertyNames = { type: "string", pattern: plainName.source, allowed: plainNameAllowed };
  return typed({
    type: "object",
    propertyNames,
    additionalProperties: values,
    minProperties: 1,
    maxProperties: 1000,
    allowed: "a map of 1 to 1000 names to settings",
    ...keywords,
  });
}

/** Names of servers and routes: they become labels, parts of URLs and words on the command line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
export const name = /^(?!__proto__$)[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,198}[^\s\x00-\x1f\x7f])?$/;
export const nameAllowed = "a name of 1 to 200 characters without control characters or blanks at its ends";

/** Names of pools and listeners: what stands behind them, parted by a slash, has names of the former kind. */
export const plainName = new RegExp(`^(?!.*/)${name.source}`);
export const plainNameAllowed =
  "a name of 1 to 200 characters without /, control characters, or blanks at its ends";

/** A path to a file; a relative one starts at the folder of the configuration file. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a zero byte ends a path
export const filePath = /^[^\x00]{1,4096}$/;
export const filePathAllowed = "a path to a file";
