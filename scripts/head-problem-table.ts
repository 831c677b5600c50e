import { headProblems } from "../src/http1/head-problem.ts";

/** Those of an answer's head, and those of chunks, which are answered as `bad-body`. */
const others = new Set([
  "bad-status-line",
  "bad-chunk-size",
  "bad-chunk-extension",
  "chunk-extension-too-long",
  "bad-chunk-end",
]);

/** The table of what is answered 400 by its code, for docs/errors.md. */
export function headProblemTable(): string {
  const rows = headProblems
    .filter(({ status, code }) => status === 400 && !others.has(code))
    .map(({ code, reason }) => `| \`${code}\` | ${reason} |`);
  return ["| `podmate-error` | what is wrong |", "|---|---|", ...rows].join("\n");
}
