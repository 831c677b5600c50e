import { markdownTable } from "../support/text-table.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import type { Verdict } from "./run-case.ts";

/** What became of the cases with one proxy. */
export interface ProxyColumn {
  /** Name and version. */
  readonly title: string;
  /** In the order of the cases. */
  readonly verdicts: readonly Verdict[];
}

/** A row of the table: a case, or its variants. */
interface Row {
  readonly group: string;
  readonly title: string;
  readonly rule: string;
  /** Places in the list of cases. */
  readonly places: readonly number[];
}

/** The rows in the order of the cases. */
export function rowsOf(cases: readonly ConformanceCase[]): Row[] {
  const rows = new Map<string, Row & { places: number[] }>();
  for (const [place, { group, row, rule }] of cases.entries()) {
    const key = `${group}\n${row}`;
    const known = rows.get(key);
    if (known) known.places.push(place);
    else rows.set(key, { group, title: row, rule, places: [place] });
  }
  return [...rows.values()];
}

/** The whole table, a section for each group. */
export function conformanceTable(cases: readonly ConformanceCase[], columns: readonly ProxyColumn[]): string {
  const rows = rowsOf(cases);
  const groups = [...new Set(rows.map(({ group }) => group))];
  const header = ["", ...columns.map(({ title }) => title), "rule"];
  return groups
    .map((group) => {
      const table = rows
        .filter((row) => row.group === group)
        .map((row) => [row.title, ...columns.map((column) => cell(cases, row, column)), row.rule]);
      return `### ${group}\n\n${markdownTable(header, table, "left")}`;
    })
    .join("\n");
}

/** How many rows of each group are right, and which are dangerous. */
export function conformanceSummary(
  cases: readonly ConformanceCase[],
  columns: readonly ProxyColumn[],
): string {
  const rows = rowsOf(cases);
  const groups = [...new Set(rows.map(({ group }) => group))];
  const counts = groups.map((group) => {
    const own = rows.filter((row) => row.group === group);
    return [
      group,
      ...columns.map((column) => {
        const right = own.filter((row) => row.places.every((place) => column.verdicts[place]?.isGood));
        return `${right.length} of ${own.length}`;
      }),
    ];
  });
  const dangers = ["dangerous", ...columns.map((column) => dangersOf(column))];
  return markdownTable(["right", ...columns.map(({ title }) => title)], [...counts, dangers], "left");
}

/** The words in capitals, with the number of cases; capitals mark what harms others than the one who sent it. */
function dangersOf({ verdicts }: ProxyColumn): string {
  const words = new Map<string, number>();
  for (const { word, isGood } of verdicts) {
    if (isGood || !/^[A-Z]{2}/.test(word)) continue;
    words.set(word, (words.get(word) ?? 0) + 1);
  }
  return [...words].map(([word, count]) => `${word.toLowerCase()} (${count})`).join(", ") || "nothing";
}

/** Each word once; of several, those of the fewer variants say which. What is not right is bold. */
function cell(cases: readonly ConformanceCase[], row: Row, { verdicts }: ProxyColumn): string {
  const variants = new Map<string, { isGood: boolean; names: string[] }>();
  for (const place of row.places) {
    const verdict = verdicts[place];
    if (verdict === undefined) continue;
    const { word, status, isGood } = verdict;
    const text = status === null ? word : `${word} ${status}`;
    const known = variants.get(text) ?? { isGood, names: [] };
    known.names.push(cases[place]?.variant ?? "");
    variants.set(text, known);
  }
  const words = [...variants].sort((a, b) => b[1].names.length - a[1].names.length);
  return words
    .map(([text, { isGood, names }], index) => {
      const shown = isGood ? text : `**${text}**`;
      return index === 0 ? shown : `${shown} (${names.map(escapeCell).join(", ")})`;
    })
    .join("; ");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
