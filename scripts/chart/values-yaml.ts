import { stringify } from "yaml";
import { isGroup, type Values } from "./value.ts";

const width = 110;

/** `values.yaml` of a chart: every value with its default, and above it what it means. */
export function valuesYaml(introduction: string, values: Values): string {
  return `${comment(introduction, "")}\n${lines(values, "").join("\n")}`;
}

function lines(values: Values, indent: string): string[] {
  return Object.entries(values).map(([name, entry]) => {
    const head = comment(entry.description, indent);
    if (isGroup(entry)) return `${head}${indent}${name}:\n${lines(entry.values, `${indent}  `).join("")}`;
    const text = stringify({ [name]: entry.default }, { lineWidth: width - indent.length });
    return head + text.replace(/^(?=.)/gm, indent);
  });
}

/** The text as comments, folded at the width of a line; a line that is blank stays one. */
function comment(text: string, indent: string): string {
  const folded = text.split("\n").flatMap((line) => fold(line, width - indent.length - 2));
  return folded.map((line) => `${`${indent}# ${line}`.trimEnd()}\n`).join("");
}

function fold(line: string, most: number): string[] {
  const folded: string[] = [""];
  for (const word of line.split(" ")) {
    const last = folded.at(-1) ?? "";
    if (last === "") folded[folded.length - 1] = word;
    else if (last.length + 1 + word.length <= most) folded[folded.length - 1] = `${last} ${word}`;
    else folded.push(word);
  }
  return folded;
}
