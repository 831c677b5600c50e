import { nearest } from "../core/nearest.ts";
import { allowed } from "./allowed.ts";
import { type Path, show } from "./config-error.ts";
import { isMap, isOfType, misfit, type Schema } from "./keywords.ts";
import { schema } from "./schema.ts";
import { type Section, unknownKey } from "./unknown-key.ts";

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

/**
 * Checks a value against a schema, by default that of the whole configuration. Where a scalar has the wrong type,
 * `reread` is asked for another reading of it, which is put into `value` in place. All violations are returned, in the
 * order of the file's settings.
 *
 * A walk over the schema, and not ajv: to load that and to compile the schema took half the time of podmate's start.
 * A test compares the two.
 */
export function validate(value: unknown, reread: Reread, against: object = schema): Violation[] {
  const walk = new Walk(reread, null);
  walk.check(value, against as Schema, []);
  const seen = new Set<string>();
  const distinct = walk.violations.filter(({ path }) => {
    const key = JSON.stringify(path);
    return !seen.has(key) && seen.add(key);
  });
  // The rest is not known.
  return walk.ended ? distinct.map((violation) => ({ ...violation, doubtful: [[]] })) : distinct;
}

/** Where it has found so many, the walk ends: the file is not what it was meant to be. */
const mostViolations = 1000;

class Walk {
  readonly violations: Violation[] = [];
  readonly #reread: Reread;
  /** The section that what is checked now stands in. */
  #around: Section | null;

  constructor(reread: Reread, around: Section | null) {
    this.#reread = reread;
    this.#around = around;
  }

  get ended(): boolean {
    return this.violations.length >= mostViolations;
  }

  /**
   * Checks what stands at `path`, and gives it back or its other reading.
   * @param choice the outermost union that `schema` is a branch of: what is allowed there as a whole
   */
  check(value: unknown, schema: Schema, path: Path, choice = schema): unknown {
    if (schema.anyOf !== undefined) return this.#checkUnion(value, branchesOf(schema), path, schema);
    const read = isOfType(value, schema) ? value : this.#readAgain(path, [schema]);
    if (read === undefined || !isOfType(read, schema)) this.#refuse(value, schema, path, choice, "");
    else {
      const wrong = misfit(read, schema);
      if (wrong !== null) this.#refuse(read, schema, path, choice, wrong.reason);
      if (Array.isArray(read)) this.#checkList(read, schema, path);
      else if (isMap(read)) this.#checkMap(read, schema, path);
    }
    return read ?? value;
  }

  /** A value is held against the branch that its type picks. */
  #checkUnion(value: unknown, branches: readonly Schema[], path: Path, union: Schema): unknown {
    const fitting = branches.filter((branch) => isOfType(value, branch));
    const tries = fitting.map((branch) => this.#try(value, branch, path, union));
    const passed = tries.find(({ violations }) => violations.length === 0);
    if (passed !== undefined) return passed.read;

    const others = branches.filter((branch) => !fitting.includes(branch));
    const other = this.#readAgain(path, others);
    const branch = others.find((each) => other !== undefined && isOfType(other, each));
    if (branch !== undefined) {
      const again = this.#try(other, branch, path, union);
      // Of two readings that are both wrong, people know the one that they have written.
      if (again.violations.length === 0 || tries.length === 0) {
        this.violations.push(...again.violations);
        return again.read;
      }
    }

    const [only] = tries;
    if (only !== undefined && tries.length === 1) this.violations.push(...only.violations);
    else this.#refuse(value, union, path, union, "");
    return value;
  }

  #try(
    value: unknown,
    branch: Schema,
    path: Path,
    union: Schema,
  ): { read: unknown; violations: Violation[] } {
    const walk = new Walk(this.#reread, this.#around);
    return { read: walk.check(value, branch, path, union), violations: walk.violations };
  }

  #checkList(list: unknown[], { items }: Schema, path: Path): void {
    if (items === undefined) return;
    for (const [index, item] of list.entries())
      if (!this.ended) list[index] = this.check(item, items, [...path, index]);
  }

  #checkMap(map: Record<string, unknown>, schema: Schema, path: Path): void {
    const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
    const isThere = (key: string): boolean => Object.hasOwn(map, key);
    const around = this.#around;
    const section = schema.properties === undefined ? null : { schema, path };
    this.#around = section ?? around;
    for (const key of required.filter((each) => !isThere(each))) {
      this.#refuseKey(path, key, `is missing; give ${allowed(properties[key] ?? {})}`);
    }
    for (const key of Object.keys(map)) {
      if (this.ended) break;
      const property = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
      if (propertyNames !== undefined && misfit(key, propertyNames) !== null) {
        this.#refuseKey(path, key, `${show(key)} is not allowed as a name; give ${allowed(propertyNames)}`);
      }
      if (typeof property === "object") map[key] = this.check(map[key], property, [...path, key]);
      else {
        const { message, meant } = unknownKey(key, { schema, path }, around);
        const absent = Object.keys(properties).filter((each) => !isThere(each));
        this.#refuseKey(path, key, message, [...absent.map((each) => [...path, each]), ...meant]);
      }
    }
    this.#around = around;
  }

  #readAgain(path: Path, schemas: readonly Schema[]): unknown {
    return this.#reread(path, new Set(schemas.flatMap(({ type }) => type ?? [])));
  }

  #refuse(value: unknown, schema: Schema, path: Path, choice: Schema, reason: string): void {
    const found = schema.secret || choice.secret ? "this value" : describe(value, schema);
    const because = reason === "" ? "" : `: ${reason}`;
    const message = `${found} is not allowed${because}; give ${allowed(choice)}${hint(value, schema)}`;
    this.violations.push({ path, atKey: false, message, doubtful: [path] });
  }

  #refuseKey(section: Path, key: string, message: string, doubtful?: readonly Path[]): void {
    const path = [...section, key];
    this.violations.push({ path, atKey: true, message, doubtful: doubtful ?? [path] });
  }
}

/** The schemas of which a value must fit one; unions within unions are branches like others. */
function branchesOf(schema: Schema): readonly Schema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(branchesOf);
}

/** A value in short; what is too long is counted. */
function describe(value: unknown, { maxItems, maxProperties }: Schema): string {
  const size = typeof value === "object" && value !== null ? Object.keys(value).length : 0;
  const isTooMuch = size > (maxItems ?? maxProperties ?? Number.POSITIVE_INFINITY);
  return isTooMuch ? `${show(value)} of ${size}` : show(value);
}

function hint(value: unknown, schema: Schema): string {
  if (schema.enum === undefined) return "";
  const meant = nearest(String(value), schema.enum.map(String));
  return meant === undefined ? "" : ` (did you mean ${meant}?)`;
}
