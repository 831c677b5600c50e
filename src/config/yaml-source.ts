import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
} from "yaml";
import { type Path, type Position, show } from "./config-error.ts";
import { explainYaml } from "./yaml-problem.ts";

/** A scalar of the file: what YAML makes of it, and how it is written there. */
export interface ScalarSource {
  readonly value: unknown;
  readonly source: string;
  /** Written without quotes, so that its type is YAML's guess. */
  readonly plain: boolean;
}

/** A YAML file as plain values that remember where they stood. */
export interface YamlSource {
  /** undefined where the file is no YAML. */
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /** Where the value at a path begins; a path that is not in the file gives its nearest ancestor. */
  position(path: Path): Position;
  /** Where the key of the value at a path begins. */
  keyPosition(path: Path): Position;
  scalar(path: Path): ScalarSource | undefined;
}

export interface YamlProblem extends Position {
  readonly path: Path;
  readonly message: string;
}

/** What a file may unfold to; aliases count each time they are used. */
const mostNodes = 200_000;
const deepest = 64;

interface Place {
  readonly key?: number;
  readonly value: number;
  readonly scalar?: ScalarSource;
}

class UnfoldError extends Error {}

/**
 * Reads one YAML 1.2 document (JSON is one too), with `<<` merge keys. Repeated keys are problems, as are aliases
 * that unfold to more than 200,000 nodes and nesting beyond 64 levels.
 */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const places = new Map<string, Place>();
  const problems: YamlProblem[] = [];
  const at = (offset: number): Position => positionOf(lines, Math.min(offset, text.length));

  let value: unknown;
  const document = parseYaml(text, lines, (offset, message) =>
    problems.push({ ...at(offset), path: [], message }),
  );
  if (document) {
    const unfolding = new Unfolding(document, places, (path, offset, message) =>
      problems.push({ ...at(offset), path, message }),
    );
    value = unfolding.run();
  }

  const find = (path: Path): Place => {
    for (let length = path.length; length >= 0; length--) {
      const place = places.get(JSON.stringify(path.slice(0, length)));
      if (place) return place;
    }
    return { value: 0 };
  };
  return {
    value,
    problems,
    position: (path) => at(find(path).value),
    keyPosition: (path) => at(find(path).key ?? find(path).value),
    scalar: (path) => places.get(JSON.stringify(path))?.scalar,
  };
}

/** Line and column of an offset, both from 1. */
export function positionOf(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/**
 * Parses, and reports the first thing that is not YAML: what follows it is mostly noise. The parser recurses, so
 * a file of nothing but brackets runs out of stack, which is a problem of the file.
 */
export function parseYaml(
  text: string,
  lines: LineCounter,
  report: (offset: number, message: string) => void,
): Document.Parsed | undefined {
  try {
    // Repeated keys are looked for while unfolding: the library compares each key with each other.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
    const [problem] = [...document.errors, ...document.warnings];
    if (!problem) return document;
    if (problem.message.includes("call stack")) report(problem.pos[0], tooDeep);
    else {
      const { offset, message } = explainYaml(problem, text);
      report(offset, message);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report(0, tooDeep);
  }
  return undefined;
}

const tooDeep = "the file is nested too deep";

type Report = (path: Path, offset: number, message: string) => void;

/** Turns nodes into plain values and writes down the place of each. */
class Unfolding {
  readonly #document: Document.Parsed;
  readonly #places: Map<string, Place>;
  readonly #report: Report;
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  #nodes = 0;

  constructor(document: Document.Parsed, places: Map<string, Place>, report: Report) {
    this.#document = document;
    this.#places = places;
    this.#report = report;
  }

  run(): unknown {
    try {
      return this.#value(this.#document.contents, [], undefined);
    } catch (error) {
      if (!(error instanceof UnfoldError || error instanceof RangeError)) throw error;
      this.#report([], 0, error instanceof UnfoldError ? error.message : tooDeep);
      return undefined;
    }
  }

  #spend(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > mostNodes) throw new UnfoldError(`the file unfolds to more than ${mostNodes} values`);
  }

  #value(node: Node | null, path: Path, key: number | undefined): unknown {
    this.#spend(1);
    if (path.length > deepest) throw new UnfoldError(`the file is nested deeper than ${deepest} levels`);
    const offset = node?.range?.[0] ?? key ?? 0;
    const scalar = isScalar(node) ? scalarSource(node) : undefined;
    this.#places.set(JSON.stringify(path), {
      value: offset,
      ...(key !== undefined && { key }),
      ...(scalar && { scalar }),
    });
    if (scalar) {
      this.#remember(node as Scalar);
      return scalar.value;
    }
    if (isAlias(node)) return this.#alias(node.source, path, offset);
    if (isMap(node))
      return this.#collect(node, () => this.#map(node.items as Pair<Node, Node | null>[], path));
    if (isSeq(node)) {
      return this.#collect(node, () =>
        node.items.map((item, index) => this.#value(item as Node, [...path, index], undefined)),
      );
    }
    return null;
  }

  #collect<T>(node: Node, contents: () => T): T {
    this.#remember(node as Scalar);
    this.#open.add(node);
    const value = contents();
    this.#open.delete(node);
    return value;
  }

  #remember(node: { anchor?: string } & Node): void {
    if (node.anchor) this.#anchors.set(node.anchor, node);
  }

  #alias(name: string, path: Path, offset: number): unknown {
    const node = this.#anchors.get(name);
    if (!node || this.#open.has(node)) {
      this.#report(
        path,
        offset,
        node ? `*${name} is part of itself` : `*${name} refers to no anchor before it`,
      );
      return null;
    }
    // The target keeps its own places; those under this path are made anew, and errors point to the target's lines.
    return this.#value(node, path, undefined);
  }

  #map(pairs: readonly Pair<Node, Node | null>[], path: Path): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    const merges: { node: Node | null; offset: number }[] = [];
    for (const pair of pairs) {
      const offset = pair.key?.range?.[0] ?? 0;
      if (!isScalar(pair.key)) {
        this.#report(path, offset, "a key must be a plain text");
        continue;
      }
      const key = pair.key.source ?? String(pair.key.value);
      if (key === "<<" && pair.key.type === Scalar.PLAIN) {
        merges.push({ node: pair.value, offset });
      } else if (Object.hasOwn(value, key)) {
        this.#report([...path, key], offset, `${show(key)} stands here twice`);
      } else {
        set(value, key, this.#value(pair.value, [...path, key], offset));
      }
    }
    for (const { node, offset } of merges) this.#merge(node, offset, value, path);
    return value;
  }

  /** `<<: *other` adds the settings that the map itself does not have (YAML 1.1 merge key). */
  #merge(node: Node | null, offset: number, value: Record<string, unknown>, path: Path): void {
    const sources = isSeq(node) ? (node.items as Node[]) : [node];
    for (const source of sources) {
      const target = isAlias(source) ? this.#anchors.get(source.source) : source;
      if (!isMap(target) || this.#open.has(target)) {
        this.#report(path, offset, "<< takes a map or a list of maps that stand before it");
        continue;
      }
      this.#spend(target.items.length + 1);
      const missing = (target.items as Pair<Node, Node | null>[]).filter(
        ({ key }) => !isScalar(key) || !Object.hasOwn(value, key.source ?? String(key.value)),
      );
      const added = this.#collect(target, () => this.#map(missing, path));
      for (const [key, item] of Object.entries(added)) set(value, key, item);
    }
  }
}

function scalarSource(node: Scalar): ScalarSource {
  const plain = node.type === Scalar.PLAIN;
  return { value: node.value, source: node.source ?? String(node.value), plain };
}

/** Plain assignment to `__proto__` would not make a key of it. */
function set(map: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}
