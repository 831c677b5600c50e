import { type AllowedSchema, allowed } from "./allowed.ts";
import { mainBranch, type SchemaNode } from "./fill-defaults.ts";
import { schema } from "./schema.ts";

type DocumentedNode = SchemaNode &
  AllowedSchema & { readonly description?: string; readonly required?: readonly string[] };

/** What stands above the tables. */
const introduction = `# Settings

<!-- Generated from the schema by \`npm run docs\`; edit \`src/config/\` instead. -->

podmate reads one YAML file (JSON is YAML too). A setting that is not listed here is refused, and so is a value out
of its bounds: \`podmate check -c FILE\` names file, line, column, what was found and what is allowed. \`podmate schema\`
prints the same as JSON Schema for editors.

- Durations carry a unit: \`250ms\`, \`30s\`, \`5m\`, \`1h\`. Sizes may: \`64KiB\`, \`1MiB\`, \`10MB\`, or a number of bytes.
- \`\${NAME}\` is replaced by an environment variable, \`\${NAME:-default}\` by the default where it is unset or empty;
  \`$\${\` stands for a literal \`\${\`. Inside \`{ }\` and \`[ ]\` quote it. A variable that is unset and has no default is an
  error.
- What can be switched off takes \`false\`; what has a default for everything takes \`true\`.
- Anchors, aliases and \`<<\` merge keys work. A file is at most 1 MiB of UTF-8.
- Relative paths of files start at the folder of the configuration file.
`;

/** The page \`docs/settings.md\`: one table per section, in the order of the schema. */
export function settingsPage(): string {
  const sections: string[] = [];
  describeSection("", schema as unknown as DocumentedNode, sections);
  return `${introduction}\n${sections.join("\n")}`;
}

function describeSection(path: string, section: DocumentedNode, sections: string[]): void {
  const entries = Object.entries(section.properties ?? {}) as [string, DocumentedNode][];
  const rows = entries.map(([key, node]) => {
    const must = section.required?.includes(key) ? "required" : formatDefault(node);
    const zero = node.zero === undefined || node.duration ? "" : ` 0: ${node.zero}.`;
    return `| \`${key}\` | ${cell(allowed(node))} | ${cell(must)} | ${cell(`${node.description ?? ""}${zero}`)} |`;
  });
  const title = path === "" ? "## Top level" : `## ${path}`;
  sections.push(
    `${title}\n\n| Setting | Allowed | Default | Meaning |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`,
  );
  for (const [key, node] of entries) {
    const inner = innerSection(node, path === "" ? key : `${path}.${key}`);
    if (inner) describeSection(inner.path, inner.section, sections);
  }
}

/** The section that a setting holds, through toggles, short forms, lists and maps; its path says which. */
function innerSection(
  node: DocumentedNode,
  path: string,
): { path: string; section: DocumentedNode } | undefined {
  if (node.properties) return { path, section: node };
  if (node.toggle || node.shorthand !== undefined)
    return innerSection(mainBranch(node) as DocumentedNode, path);
  if (node.items) return innerSection(node.items as DocumentedNode, `${path}[]`);
  if (typeof node.additionalProperties !== "object") return undefined;
  return innerSection(node.additionalProperties as DocumentedNode, `${path}.NAME`);
}

function formatDefault(node: DocumentedNode): string {
  const { default: value, byProtocol } = node;
  if (byProtocol) return `\`${byProtocol.memcache}\` for memcache, \`${byProtocol.http}\` for HTTP`;
  if (value === null) return "none";
  if (Array.isArray(value)) return value.length === 0 ? "none" : `\`${value.join(", ")}\``;
  if (typeof value === "object") return "see below";
  return `\`${String(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
