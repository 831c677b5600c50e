import type { YAMLError } from "yaml";

/** What is wrong with a text that is not YAML, and the offset where it can be put right. */
export interface YamlExplanation {
  readonly offset: number;
  /** A sentence without a full stop. */
  readonly message: string;
}

/** Says in our words what the parser (`yaml` 2) has found. What it has no words for here is told in the parser's. */
export function explainYaml({ code, pos, message }: YAMLError, text: string): YamlExplanation {
  const [offset] = pos;
  const at = (where: number, words: string): YamlExplanation => ({
    offset: where,
    message: `not valid YAML: ${words}`,
  });
  switch (code) {
    case "MULTIPLE_DOCS":
      return { offset, message: "the file holds a second document; only one is allowed" };
    case "TAB_AS_INDENT":
      return at(offset, "the line is indented by a tab; use blanks");
    case "BLOCK_AS_IMPLICIT_KEY":
      if (message.startsWith("A block sequence")) {
        return at(offset, "the line begins in another column than the items before it");
      }
      return (
        deeper(offset, text) ??
        at(
          offset,
          `a second setting begins in the line of ${keyOf(text, offset)}; give each a line of its own, or put the value in quotes`,
        )
      );
    case "BAD_INDENT":
      if (message.startsWith("Flow"))
        return at(offset, `a ${message.includes("map") ? "{" : "["} before it is not closed`);
      return at(
        lineStart(text, offset) + indent(lineAt(text, offset)),
        "the line begins in another column than those that it belongs to",
      );
    case "MULTILINE_IMPLICIT_KEY":
      return at(
        offset,
        `${shortened(lineAt(text, offset))} is no setting: behind a name come a colon and a blank`,
      );
    case "MISSING_CHAR":
      if (message.startsWith("Missing closing"))
        return at(opened(text, message), "the quotes that are opened here are not closed");
      if (message.startsWith("Implicit map keys")) {
        return at(
          offset,
          `${shortened(lineAt(text, offset))} is no setting: behind a name come a colon and a blank`,
        );
      }
      break;
    case "BAD_SCALAR_START":
      return at(offset, `a value that begins with ${text[offset]} needs quotes`);
  }
  // Braces of a variable look like those of a map.
  const line = lineAt(text, offset);
  const variable = /[[{,].*\$\{/.test(line) ? " (inside { } and [ ] a variable needs quotes)" : "";
  return at(offset, `${message}${variable}`);
}

/** Where the next line is indented more than the setting at `offset`, which has a value already. */
function deeper(offset: number, text: string): YamlExplanation | null {
  const end = text.indexOf("\n", offset);
  const next = end === -1 ? undefined : /^(?:[ \t]*(?:#.*)?\n)*( *)[^\s]/.exec(text.slice(end + 1));
  if (!next) return null;
  const start = end + 1 + next[0].length - 1;
  const column = start - lineStart(text, start);
  const line = lineAt(text, offset);
  const key = /^(?:- +)* */.exec(line.slice(indent(line)))?.[0].length ?? 0;
  const wanted = indent(line) + key;
  const number = text.slice(0, start).split("\n").length;
  if (column <= wanted) return null;
  const message = `not valid YAML: line ${number} is indented more than ${keyOf(text, offset)} before it; begin both in the same column`;
  return { offset: start, message };
}

/** The setting in whose line `offset` is, in quotes. */
function keyOf(text: string, offset: number): string {
  const [name = ""] = lineAt(text, offset)
    .replace(/^[\s-]*/, "")
    .split(":", 1);
  return `"${name}"`;
}

/** Where the quotes begin that the parser missed the end of: the last ones of their kind in front of a value. */
function opened(text: string, message: string): number {
  const quote = message.includes('"') ? '"' : "'";
  const starts = [...text.matchAll(new RegExp(`(?:^|[\\s:,[{-])(${quote})`, "gm"))];
  const odd = starts.filter(({ index }) => (lineAt(text, index + 1).split(quote).length - 1) % 2 === 1);
  const first = odd[0];
  return first === undefined ? text.length : first.index + first[0].length - 1;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function lineAt(text: string, offset: number): string {
  return text.slice(lineStart(text, offset)).split("\n", 1)[0] as string;
}

function indent(line: string): number {
  return line.length - line.trimStart().length;
}

function shortened(line: string): string {
  const text = line.trim();
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}…` : text);
}
