/** Columns of text, the first to the left, the others to the right, two spaces apart. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => {
    return Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length));
  });
  const line = (cells: readonly string[]): string => {
    const padded = widths.map((width, column) => {
      const cell = cells[column] ?? "";
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return padded.join("  ").trimEnd();
  };
  return `${[line(header), ...rows.map(line)].join("\n")}\n`;
}

/** The same as a Markdown table; `align` is of all columns but the first. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  align: "left" | "right" = "right",
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = header.map((_, column) => (column === 0 || align === "left" ? "---" : "---:"));
  return `${[header, rule, ...rows].map(line).join("\n")}\n`;
}
