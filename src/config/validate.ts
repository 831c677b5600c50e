import { Ajv, type ErrorObject, type SchemaObject, type SchemaValidateFunction } from "ajv";
import { nearest } from "../core/nearest.ts";
import { type AllowedSchema, allowed } from "./allowed.ts";
import { type Path, show } from "./config-error.ts";
import { parseListen, parseServer } from "./endpoint.ts";
import { schema } from "./schema.ts";
import type { Bounds } from "./schema-terms.ts";
import { parseDuration, parseSize, type Reading } from "./units.ts";

/** A refusal of the schema: which setting, and why. */
export interface Violation {
  readonly path: Path;
  /** The key is what is wrong, not its value. */
  readonly atKey: boolean;
  readonly message: string;
  /** Settings that cannot be relied on therefore: this one, or those which an unknown key may have been meant for. */
  readonly doubtful: readonly Path[];
}

/** Offers another reading of the scalar at a path where the schema wants one of `types`; undefined if there is none. */
export type Reread = (path: Path, types: ReadonlySet<string>) => unknown;

interface AnnotatedError extends ErrorObject {
  /** The union that the failing schema is a branch of, where the value as a whole fits none. */
  readonly union?: AllowedSchema;
}

/** Beyond that many a file is not what it was meant to be, and comparing them all would take long. */
const mostErrors = 1000;

// Checking the schema itself and optimizing its code would double the time of the start and its memory; a test
// does the former.
const ajv = new Ajv({
  allErrors: true,
  verbose: true,
  strict: true,
  allowUnionTypes: true,
  validateSchema: false,
  code: { optimize: false },
});
ajv.addVocabulary(["toggle", "shorthand", "allowed", "zero", "secret"]);
addReader("duration", (value, bounds: Bounds, parent) => {
  const reading = parseDuration(value);
  if ("value" in reading && reading.value === 0 && parent["zero"] !== undefined) return reading;
  return within(reading, bounds);
});
addReader("size", (value, bounds: Bounds) => within(parseSize(value), bounds));
addReader("endpoint", (value, kind: string) =>
  (kind === "listen" ? parseListen : parseServer)(String(value)),
);
const check = ajv.compile(schema);

/**
 * Checks a value against the schema. Where a scalar has the wrong type, `reread` is asked for another reading of it,
 * which is put into `value` in place. All violations are returned, in the order of the file's settings.
 */
export function validate(value: unknown, reread: Reread): Violation[] {
  if (check(value)) return [];
  if (rereadScalars(value, check.errors ?? [], reread) && check(value)) return [];
  const errors = check.errors ?? [];
  const violations = reduceUnions(errors.slice(0, mostErrors))
    .filter((error) => error.keyword !== "propertyNames")
    .map((error) => violationOf(value, error));
  const seen = new Set<string>();
  const distinct = violations.filter(({ path }) => {
    const key = JSON.stringify(path);
    return !seen.has(key) && seen.add(key);
  });
  // What the others are about is not known.
  return errors.length > mostErrors ? distinct.map((each) => ({ ...each, doubtful: [[]] })) : distinct;
}

function addReader<T>(
  keyword: string,
  read: (value: string | number, setting: T, parent: SchemaObject) => Reading<unknown>,
): void {
  const run = ((setting: T, value: string | number, parent: SchemaObject) => {
    const reading = read(value, setting, parent);
    if ("value" in reading) return true;
    run.errors = [{ keyword, message: reading.reason, params: {}, parentSchema: parent }];
    return false;
  }) as SchemaValidateFunction;
  ajv.addKeyword({ keyword, type: ["string", "number"], validate: run });
}

function within(reading: Reading<number>, { min, max }: Bounds): Reading<number> {
  if ("reason" in reading || (reading.value >= min && reading.value <= max)) return reading;
  return { reason: reading.value < min ? "it is too small" : "it is too large" };
}

function rereadScalars(value: unknown, errors: readonly ErrorObject[], reread: Reread): boolean {
  const wanted = new Map<string, Set<string>>();
  for (const error of errors) {
    if (error.keyword !== "type" || error.instancePath === "") continue;
    const types = wanted.get(error.instancePath) ?? new Set();
    for (const type of [error.params["type"]].flat()) types.add(String(type));
    wanted.set(error.instancePath, types);
  }
  let changed = false;
  for (const [pointer, types] of wanted) {
    const path = pathOf(value, pointer);
    const other = reread(path, types);
    if (other === undefined) continue;
    const parent = path.slice(0, -1).reduce<unknown>(child, value) as Record<string | number, unknown>;
    parent[path.at(-1) as string] = other;
    changed = true;
  }
  return changed;
}

/**
 * A value that fits no branch of a union fails all of them, and says so once per branch. Kept is the branch that
 * its type picks; where none or several would fit, the union as a whole.
 */
function reduceUnions(errors: readonly ErrorObject[]): AnnotatedError[] {
  let kept: AnnotatedError[] = [...errors];
  for (const union of errors.filter((error) => error.keyword === "anyOf")) {
    const branchOf = (error: ErrorObject): string | undefined =>
      error.instancePath.startsWith(union.instancePath) && error.schemaPath.startsWith(`${union.schemaPath}/`)
        ? error.schemaPath.slice(union.schemaPath.length + 1).split("/", 1)[0]
        : undefined;
    const isShallow = (error: ErrorObject): boolean => error.instancePath === union.instancePath;
    const misfits = new Set(
      kept.filter((error) => error.keyword === "type" && isShallow(error)).map((error) => branchOf(error)),
    );
    const branches = new Set(
      kept.map(branchOf).filter((branch) => branch !== undefined && !misfits.has(branch)),
    );
    const picked = branches.size === 1 ? [...branches][0] : undefined;
    kept = kept
      .filter((error) => {
        const branch = branchOf(error);
        return error === union ? picked === undefined : branch === undefined || branch === picked;
      })
      .map((error) =>
        branchOf(error) !== undefined && isShallow(error) && !isAboutKeys(error)
          ? { ...error, union: union.parentSchema as AllowedSchema }
          : error,
      );
  }
  return kept;
}

function isAboutKeys(error: ErrorObject): boolean {
  return error.keyword === "required" || error.keyword === "additionalProperties";
}

function violationOf(value: unknown, error: AnnotatedError): Violation {
  const path = pathOf(value, error.instancePath);
  const parent = error.parentSchema as AllowedSchema & {
    properties?: Record<string, AllowedSchema>;
    secret?: boolean;
  };
  const atKeyOf = (key: string, message: string, doubtful = [key]): Violation => ({
    path: [...path, key],
    atKey: true,
    message,
    doubtful: doubtful.map((each) => [...path, each]),
  });
  if (error.keyword === "additionalProperties") {
    const key = String(error.params["additionalProperty"]);
    const known = Object.keys(parent.properties ?? {});
    const absent = known.filter((each) => !Object.hasOwn(error.data as object, each));
    return atKeyOf(key, unknownKey(key, known), absent);
  }
  if (error.keyword === "required") {
    const key = String(error.params["missingProperty"]);
    return atKeyOf(key, `is missing; give ${allowed(parent.properties?.[key] ?? {})}`);
  }
  const choice = allowed(error.union ?? parent);
  if (error.propertyName !== undefined) {
    const message = `${show(error.propertyName)} is not allowed as a name; give ${choice}`;
    return atKeyOf(error.propertyName, message);
  }
  const found = parent.secret || error.union?.secret ? "this value" : foundIn(error);
  const reason = isReader(error.keyword) ? `: ${error.message}` : "";
  const message = `${found} is not allowed${reason}; give ${choice}${hint(error)}`;
  return { path, atKey: false, message, doubtful: [path] };
}

function foundIn({ keyword, data }: ErrorObject): string {
  const isTooMuch = keyword === "maxItems" || keyword === "maxProperties";
  return isTooMuch ? `${show(data)} of ${Object.keys(data as object).length}` : show(data);
}

function isReader(keyword: string): boolean {
  return keyword === "duration" || keyword === "size" || keyword === "endpoint";
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  const help = meant === undefined ? `known are ${known.join(", ")}` : `did you mean ${meant}?`;
  return `there is no setting ${show(key)} here; ${help}`;
}

function hint(error: ErrorObject): string {
  if (error.keyword !== "enum") return "";
  const meant = nearest(String(error.data), error.params["allowedValues"] as string[]);
  return meant === undefined ? "" : ` (did you mean ${meant}?)`;
}

/** A JSON pointer (RFC 6901) as a path, with numbers for places in lists. */
function pathOf(value: unknown, pointer: string): Path {
  let at = value;
  return pointer
    .split("/")
    .slice(1)
    .map((escaped) => {
      const key = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
      const step = Array.isArray(at) ? Number(key) : key;
      at = child(at, step);
      return step;
    });
}

function child(value: unknown, step: string | number): unknown {
  return (value as Record<string | number, unknown>)[step];
}
