import type { FastifySchemaValidationError } from "fastify";

/** Where something was asked, in the reader's words. */
const places: Readonly<Record<string, string>> = {
  querystring: "the query",
  params: "the path",
  headers: "the header",
};

/** Says what a request asks that its schema does not allow: where, and what would do. */
export function schemaError([first]: readonly FastifySchemaValidationError[], dataVar: string): Error {
  const place = places[dataVar] ?? "the body";
  if (first === undefined) return new Error(`${place} is not as it should be`);
  const { keyword, instancePath, message = "is not as it should be", params } = first;
  const name = instancePath.slice(1).replaceAll("/", ".");
  const what = name === "" ? place : `${name} of ${place}`;
  if (keyword === "enum") return new Error(`${what}: give one of ${listed(params["allowedValues"])}`);
  if (keyword === "additionalProperties")
    return new Error(`${what} has no "${params["additionalProperty"]}"`);
  return new Error(`${what} ${message}`);
}

function listed(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => (value === "" ? '""' : String(value))).join(", ") : "";
}
