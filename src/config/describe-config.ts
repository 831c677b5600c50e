import { Document, isMap, isPair, isScalar, type Pair, visit } from "yaml";
import type { Config } from "./config.ts";
import { formatPath, type Path } from "./config-error.ts";
import { formOf } from "./config-form.ts";
import { escapeExpansion } from "./environment.ts";
import { type ConfigForm, schema } from "./schema.ts";
import { defaultPaths, spellOut, trimDefaults } from "./trim-defaults.ts";

/** What stands in place of a secret. */
export const hidden = "********";

/** A running configuration for people and tools. */
export interface Description {
  readonly version: number;
  /** Every setting, in the operator's form, secrets hidden; what is off is false, what is absent is left out. */
  readonly config: unknown;
  /** Paths of the settings that are at their default. */
  readonly defaults: readonly string[];
}

/** The effective configuration, as `GET /config` shows it. */
export function describeConfig(config: Config): Description {
  const form = formOf(config);
  return {
    version: config.snapshot.version,
    config: spellOut(schema, hideSecrets(form)),
    defaults: defaultPaths(schema, form),
  };
}

/**
 * A configuration as the shortest YAML file that loads as the same, passwords included. `comments` are put above
 * the settings whose paths they name, such as `pools.a.timeout`; `heading` on top of the file.
 */
export function printConfig(
  config: Config,
  comments: ReadonlyMap<string, readonly string[]> = new Map(),
  heading = "",
): string {
  const document = new Document(trimDefaults(schema, formOf(config)));
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

/** A copy of a form with passwords replaced by asterisks. */
function hideSecrets(form: ConfigForm): ConfigForm {
  const hide = <T extends { password: string | null }>(account: T): T => ({ ...account, password: hidden });
  return {
    ...form,
    memcache: form.memcache.map((listener) => ({
      ...listener,
      auth: listener.auth === null ? null : listener.auth.map(hide),
    })),
    pools: Object.fromEntries(
      Object.entries(form.pools).map(([name, pool]) => [
        name,
        { ...pool, auth: pool.auth && hide(pool.auth) },
      ]),
    ),
  };
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
