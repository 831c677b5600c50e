/** Log lines in a row that say the same, but for their time and for figures such as how many requests waited. */
export interface FoldedLine<L> {
  /** The last of them. */
  readonly line: L;
  readonly times: number;
}

/** Equal lines in a row as one. */
export function foldLines<L extends object>(lines: readonly L[]): FoldedLine<L>[] {
  const folded: FoldedLine<L>[] = [];
  let last = "";
  for (const line of lines) {
    const text = JSON.stringify(Object.entries(line).filter(isSaid));
    const before = folded.at(-1);
    if (before !== undefined && text === last) folded[folded.length - 1] = { line, times: before.times + 1 };
    else folded.push({ line, times: 1 });
    last = text;
  }
  return folded;
}

function isSaid([field, value]: readonly [string, unknown]): boolean {
  return field !== "time" && typeof value !== "number";
}
