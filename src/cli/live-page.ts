import type { Look, PageLine } from "./traffic-page.ts";

/** The other screen of the terminal (so that what was on it comes back), without a cursor, and no line broken. */
export const enterPage = "\x1b[?1049h\x1b[?25l\x1b[?7l";
export const leavePage = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** SGR codes. */
const looks: Readonly<Record<Look, string>> = {
  title: "1",
  head: "2",
  good: "32",
  bad: "31",
  warn: "33",
  trend: "36",
  faint: "2",
};

export interface PageSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * What draws a page over the one before, without a flicker: `top` stays, `body` is shown from line `offset` on, and
 * `bottom` fills what is left, its end if there is too much of it.
 */
export function drawPage(
  page: {
    readonly top: readonly PageLine[];
    readonly body: readonly PageLine[];
    readonly bottom: readonly PageLine[];
    readonly offset: number;
  },
  { columns, rows }: PageSize,
  colour: boolean,
): string {
  const top = page.top.slice(0, rows);
  const body = page.body.slice(page.offset, page.offset + rows - top.length);
  const left = rows - top.length - body.length;
  const bottom = left < 3 ? [] : [{ text: "" }, ...page.bottom.slice(1 - left)];
  const lines = [...top, ...body, ...bottom].map((line) => `${styled(line, columns, colour)}\x1b[K`);
  return `\x1b[H${lines.join("\r\n")}\x1b[J`;
}

/** How far a page can be scrolled. */
export function lastOffset(top: number, body: number, { rows }: PageSize): number {
  return Math.max(0, body - (rows - top));
}

function styled({ text, look, marks = [] }: PageLine, columns: number, colour: boolean): string {
  const shown = [...text].slice(0, columns);
  if (!colour) return shown.join("");
  const base = look === undefined ? "" : `\x1b[${looks[look]}m`;
  let styledText = base;
  let at = 0;
  for (const mark of marks) {
    const end = Math.min(mark.at + mark.length, shown.length);
    if (mark.at >= shown.length) break;
    styledText += shown.slice(at, mark.at).join("");
    styledText += `\x1b[0;${looks[mark.look]}m${shown.slice(mark.at, end).join("")}\x1b[0m${base}`;
    at = end;
  }
  styledText += shown.slice(at).join("");
  return styledText.includes("\x1b") ? `${styledText}\x1b[0m` : styledText;
}
