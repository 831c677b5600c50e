import { Document, isMap, isPair, isScalar, type Pair, visit } from "yaml";
import type { Config } from "./config.ts";
import { formatPath, type Path } from "./config-error.ts";
import { shortFormOf } from "./config-form.ts";
import { escapeExpansion } from "./environment.ts";
import { schema } from "./schema.ts";
import { trimDefaults } from "./trim-defaults.ts";

/**
 * A configuration as the shortest YAML file that loads as the same, passwords included. `comments` are put above
 * the settings whose paths they name, such as `pools.a.timeout`; `heading` on top of the file.
 */
export function printConfig(
  config: Config,
  comments: ReadonlyMap<string, readonly string[]> = new Map(),
  heading = "",
): string {
  const document = new Document(trimDefaults(schema, shortFormOf(config)));
  visit(document, {
    Scalar(key, node) {
      if (key !== "key" && typeof node.value === "string") node.value = escapeExpansion(node.value);
    },
    Pair(_, pair, ancestors) {
      const lines = comments.get(formatPath(pathOf(pair, ancestors)));
      if (lines && isScalar(pair.key)) pair.key.commentBefore = lines.map((line) => ` ${line}`).join("\n");
    },
  });
  if (heading !== "") document.commentBefore = heading.replace(/^/gm, " ");
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function pathOf(pair: Pair, ancestors: readonly unknown[]): Path {
  const path: (string | number)[] = [];
  const chain = [...ancestors, pair];
  for (const [depth, node] of chain.entries()) {
    if (isPair(node) && isScalar(node.key)) path.push(String(node.key.value));
    else if (!isMap(node) && isCollection(node)) path.push(node.items.indexOf(chain[depth + 1]));
  }
  return path;
}

function isCollection(node: unknown): node is { items: unknown[] } {
  return typeof node === "object" && node !== null && Array.isArray((node as { items?: unknown }).items);
}
