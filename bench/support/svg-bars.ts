/** One bar of a group; `value` 1 reaches the reference line. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Written in the column to the right of the bars. */
  readonly note: string;
  /** Drawn in the colour that stands out. */
  readonly ours: boolean;
}

export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface BarChart {
  readonly title: string;
  readonly subtitle: string;
  /** Name of the line at 1. */
  readonly reference: string;
  readonly groups: readonly BarGroup[];
}

const width = 860;
const margin = 24;
const labelWidth = 150;
const noteWidth = 130;
const barHeight = 16;
const barGap = 4;
const titleHeight = 24;
const groupGap = 16;
const headHeight = 84;
const footHeight = 16;

const style = `
    text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f; }
    .title { font-size: 18px; font-weight: 600; }
    .group { font-weight: 600; }
    .quiet { fill: #59636e; }
    .ours { fill: #1a7f5a; }
    .peer { fill: #b6bfc9; }
    .line { stroke: #59636e; stroke-dasharray: 3 3; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .quiet { fill: #9198a1; }
      .ours { fill: #3fb68b; }
      .peer { fill: #4b5561; }
      .line { stroke: #9198a1; }
    }`;

/**
 * Groups of horizontal bars with a reference line at 1, as an SVG document. The background is transparent, and the
 * colours follow the reader's light or dark scheme.
 */
export function barChart(chart: BarChart): string {
  const longest = Math.max(1, ...chart.groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const scale = (width - 2 * margin - labelWidth - noteWidth) / longest;
  const left = margin + labelWidth;
  const parts: string[] = [];
  let top = headHeight;
  for (const group of chart.groups) {
    parts.push(text(margin, top + 14, group.title, "group"));
    top += titleHeight;
    for (const bar of group.bars) {
      parts.push(...barParts(bar, left, top, scale));
      top += barHeight + barGap;
    }
    top += groupGap;
  }
  const height = top - groupGap + footHeight;
  const line = round(left + scale);
  const head = [
    text(margin, 32, chart.title, "title"),
    text(margin, 54, chart.subtitle, "quiet"),
    text(line, headHeight - 8, chart.reference, "quiet", "middle"),
    `<line class="line" x1="${line}" y1="${headHeight}" x2="${line}" y2="${round(height - footHeight)}"/>`,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(chart.title)}">
  <style>${style}
  </style>
${[...parts, ...head].map((part) => `  ${part}\n`).join("")}</svg>
`;
}

function barParts(bar: Bar, left: number, top: number, scale: number): string[] {
  const length = round(Math.max(1, bar.value * scale));
  const middle = top + barHeight - 4;
  return [
    text(left - 8, middle, bar.label, bar.ours ? "" : "quiet", "end"),
    `<rect class="${bar.ours ? "ours" : "peer"}" x="${left}" y="${top}" width="${length}" height="${barHeight}" rx="2"/>`,
    text(width - margin, middle, bar.note, bar.ours ? "" : "quiet", "end"),
  ];
}

function text(x: number, y: number, content: string, className: string, anchor = "start"): string {
  const classPart = className === "" ? "" : ` class="${className}"`;
  const anchorPart = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  return `<text x="${x}" y="${y}"${classPart}${anchorPart}>${escapeXml(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(content: string): string {
  return content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
