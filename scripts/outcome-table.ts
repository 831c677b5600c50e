import { type Outcome, outcomes, type Retry } from "../src/upstream/outcomes.ts";

const retries: Readonly<Record<Retry, string>> = {
  never: "",
  elsewhere: "elsewhere",
  again: "again",
  reset: "if `reset`",
  timeout: "if `timeout`",
};

/** The table of how requests end, for docs/failures.md. */
export function outcomeTable(): string {
  const lines = Object.values<Outcome>(outcomes).map(
    (outcome) =>
      `| ${outcome.when} | ${outcome.fault} | ${outcome.counts ? "yes" : ""} | ${
        outcome.http === null ? "" : retries[outcome.http.retry]
      } | ${kindsOf(outcome)} | ${outcome.log ?? ""} | ${answersOf(outcome)} |`,
  );
  return [
    "| what happened | whose fault | counts | sent again | `kind` of the errors | log | the client sees |",
    "|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

/** The labels in the metrics of pool, server and listener, of both protocols. */
function kindsOf({ http, memcache }: Outcome): string {
  const kinds = [http?.error, http?.clientError, memcache?.error, memcache?.clientError];
  return inCode(kinds);
}

function answersOf({ http, memcache }: Outcome): string {
  return inCode([http?.answer?.replaceAll("_", "-"), memcache?.answer]);
}

/** Each once, in code; without those that are missing. */
function inCode(words: readonly (string | null | undefined)[]): string {
  const known = words.filter((word) => word !== null && word !== undefined);
  return [...new Set(known)].map((word) => `\`${word}\``).join(", ");
}
