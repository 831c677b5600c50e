import { isGroup, type Values } from "./value.ts";

/** Defaults that are longer stand in values.yaml alone. */
const longest = 60;

/** The table of a chart's values for docs/chart.md. */
export function valuesTable(values: Values): string {
  return `| Value | Default | Meaning |\n| --- | --- | --- |\n${rows(values, "").join("\n")}\n`;
}

function rows(values: Values, prefix: string): string[] {
  return Object.entries(values).flatMap(([name, entry]) => {
    const path = `\`${prefix}${name}\``;
    const meaning = cell(entry.description);
    if (!isGroup(entry)) return [`| ${path} | ${formatted(entry.default)} | ${meaning} |`];
    return [`| ${path} | | ${meaning} |`, ...rows(entry.values, `${prefix}${name}.`)];
  });
}

function formatted(value: unknown): string {
  if (value === "") return "none";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > longest ? "see values.yaml" : `\`${cell(text)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
