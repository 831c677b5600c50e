import { schema } from "./schema.ts";
import { readYaml } from "./yaml-source.ts";

/**
 * Whether a file has the form of twemproxy's: pools by name at the top, each with listen or servers, and none of our
 * sections. For messages: a file in either form may be bad.
 */
export function looksLikeTwemproxy(text: string): boolean {
  const { value } = readYaml(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const pools = Object.entries(value);
  return (
    pools.length > 0 &&
    pools.every(([name, pool]) => !Object.hasOwn(schema.properties, name) && isTwemproxyPool(pool))
  );
}

function isTwemproxyPool(pool: unknown): boolean {
  return typeof pool === "object" && pool !== null && ("listen" in pool || "servers" in pool);
}
