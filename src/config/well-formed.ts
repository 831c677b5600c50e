import type { Path } from "./config-error.ts";

/**
 * A filled-in form as far as it can be relied on: undefined stands for each setting that is malformed. What is off or was
 * left out is null, or its default, as in the form itself.
 */
export type WellFormed<T> = T extends readonly (infer Item)[]
  ? readonly (WellFormed<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]: WellFormed<T[Key]> | undefined }
    : T;

/** `value` with undefined in place of the settings at `paths`, so that nothing is concluded from them. Works in place. */
export function strikeOut(value: unknown, paths: readonly Path[]): unknown {
  const whole = { value };
  for (const path of paths) strikeOutOne(whole, ["value", ...path]);
  return whole.value;
}

function strikeOutOne(whole: object, path: Path): void {
  let at: unknown = whole;
  for (const [depth, step] of path.entries()) {
    if (at === null || typeof at !== "object") return;
    const settings = at as Record<string | number, unknown>;
    // A setting that is not there gets no default.
    if (depth === path.length - 1) settings[step] = undefined;
    at = Object.hasOwn(settings, step) ? settings[step] : undefined;
  }
}
