import { nearest } from "../core/nearest.ts";
import { formatPath, type Path, show } from "./config-error.ts";
import type { Schema } from "./keywords.ts";

/** A section of settings, and where it stands in the file. */
export interface Section {
  readonly schema: Schema;
  readonly path: Path;
}

/** What to say of a key that a section does not know. */
export interface UnknownKey {
  readonly message: string;
  /** The settings next to here that it may have been meant for. */
  readonly meant: readonly Path[];
}

/**
 * Explains an unknown key: it is known in a section of this one or in the one around it, or it is mistyped.
 * @param around the section that `section` stands in; null for the file as a whole
 */
export function unknownKey(key: string, section: Section, around: Section | null): UnknownKey {
  const { properties = {} } = section.schema;
  const say = (help: string, meant: readonly Path[] = []): UnknownKey => ({
    message: `there is no setting ${show(key)} here; ${help}`,
    meant,
  });

  const owners = Object.keys(properties).filter((name) => knows(properties[name], key));
  if (owners.length > 0) {
    const places = owners.map((name) => `${name}${listed(properties[name]) ? "[]" : ""}.${key}`);
    const meant = owners.filter((name) => !listed(properties[name]));
    // A section may be called nearly so: `pool` at the top is meant for pools.
    const near = Object.keys(properties).find((name) => name === `${key}s`);
    const all = near === undefined ? places : [near, ...places];
    return say(
      `did you mean ${all.length > 2 ? `${all.slice(0, -1).join(", ")} or ${all.at(-1)}` : all.join(" or ")}?`,
      meant.map((name) => [...section.path, name, key]),
    );
  }
  if (around !== null && knows(around.schema, key)) {
    const path = [...around.path, key];
    const place = around.path.length === 0 ? `${key} at the top of the file` : formatPath(path);
    return say(`did you mean ${place}?`, [path]);
  }
  const known = Object.keys(properties);
  const near = nearest(key, known);
  return say(near === undefined ? `known are ${known.join(", ")}` : `did you mean ${near}?`);
}

/** Whether a section, or each item of a list of sections, has that setting. */
function knows(schema: Schema | undefined, key: string): boolean {
  if (schema === undefined) return false;
  const { properties = {}, anyOf = [], items } = schema;
  return Object.hasOwn(properties, key) || [...anyOf, items].some((each) => knows(each, key));
}

/** What the items of a list are like; undefined where there is no list. */
function listed(schema: Schema | undefined): Schema | undefined {
  return schema?.items ?? schema?.anyOf?.find(({ items }) => items !== undefined)?.items;
}
