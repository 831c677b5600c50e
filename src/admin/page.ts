import { type Answer, count, maybe, nullable, object, text } from "./answer-terms.ts";
import { Problem } from "./problem.ts";

const mostPerPage = 1_000;
const usual = 100;

/** How a list that has names is asked for in pages. */
export const pageQuery = {
  limit: maybe(count("Most of them in an answer.", { minimum: 1, maximum: mostPerPage, default: usual })),
  after: maybe(text("`next` of the page before.", { minLength: 1 })),
};
const query = object(pageQuery);
export type PageQuery = Answer<typeof query>;

export const next = nullable(text("Give it as `after` for the next page; null where this is the last."));

/** A part of a list, and the name of its last one if there are more. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}

/** A page of `all`, in its order. Throws a Problem where the one that it begins after has gone. */
export function pageOf<T>(
  all: readonly T[],
  nameOf: (item: T) => string,
  { limit = usual, after }: PageQuery,
): Page<T> {
  const start = after === undefined ? 0 : all.findIndex((item) => nameOf(item) === after) + 1;
  if (after !== undefined && start === 0) {
    throw new Problem(404, "Not found", `there is no "${after}" any more; start again without \`after\``);
  }
  const items = all.slice(start, start + limit);
  const last = items.at(-1);
  return { items, next: last !== undefined && start + limit < all.length ? nameOf(last) : null };
}
