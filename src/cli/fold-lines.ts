/** Log lines in a row that say the same, but for their time and number. */
export interface FoldedLine<L> {
  /** The last of them. */
  readonly line: L;
  readonly times: number;
}

/** Equal lines in a row as one. */
export function foldLines<L extends { readonly time?: unknown; readonly sequence?: unknown }>(
  lines: readonly L[],
): FoldedLine<L>[] {
  const folded: FoldedLine<L>[] = [];
  let last = "";
  for (const line of lines) {
    const { time: _, sequence: __, ...said } = line;
    const text = JSON.stringify(said);
    const before = folded.at(-1);
    if (before !== undefined && text === last) folded[folded.length - 1] = { line, times: before.times + 1 };
    else folded.push({ line, times: 1 });
    last = text;
  }
  return folded;
}
