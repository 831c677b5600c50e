import { Problem } from "./problem.ts";

/** What If-Match asks for: one of these entity tags, `*` for any, null where it is absent. */
export type IfMatch = readonly string[] | "*" | null;

const entityTag = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;

/** Reads If-Match (RFC 9110, 13.1.1); throws a Problem if it makes no sense. Weak tags stay what they are: no match. */
export function parseIfMatch(field: string | undefined): IfMatch {
  if (field === undefined) return null;
  if (field.trim() === "*") return "*";
  const tags = field.split(",").map((tag) => tag.trim());
  if (tags.every((tag) => entityTag.test(tag))) return tags;
  throw new Problem(400, "Bad request", `If-Match is * or an ETag in its quotes, not ${field}`);
}
