import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
} from "yaml";
import { nearest } from "../core/nearest.ts";
import { type ConfigError, formatPath, type Path, type Position, show } from "./config-error.ts";
import { parseYaml, positionOf } from "./yaml-source.ts";

/** A text of the file and where it stands. */
export interface Located {
  readonly text: string;
  readonly position: Position;
}

/** One pool of a twemproxy file: its directives as they are written. */
export interface TwemproxyPool {
  readonly name: Located;
  readonly directives: ReadonlyMap<Directive, Located>;
  readonly servers: readonly Located[];
}

/** Every directive of twemproxy 0.5.0 (`nc_conf.c`), and `reuseport`, which came after it. */
export const directives = [
  "listen",
  "hash",
  "hash_tag",
  "distribution",
  "timeout",
  "backlog",
  "client_connections",
  "tcpkeepalive",
  "preconnect",
  "redis",
  "redis_auth",
  "redis_db",
  "auto_eject_hosts",
  "server_connections",
  "server_retry_timeout",
  "server_failure_limit",
  "reuseport",
  "servers",
] as const;
export type Directive = (typeof directives)[number];

export type TwemproxyFile =
  | { readonly ok: true; readonly pools: readonly TwemproxyPool[] }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/**
 * Reads the structure of a twemproxy file as strictly as twemproxy does: pools of `directive: value` lines and one
 * list of servers each, in block style, nothing twice, nothing unknown. What the values mean is not looked at.
 */
export function readTwemproxyFile(text: string, file: string): TwemproxyFile {
  const reader = new Reader(text, file);
  const pools = reader.pools();
  return reader.errors.length > 0 ? { ok: false, errors: reader.errors } : { ok: true, pools };
}

class Reader {
  readonly errors: ConfigError[] = [];
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed | undefined;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = parseYaml(text, this.#lines, (offset, message) => this.#refuse(offset, [], message));
    const directives = this.#document?.directives;
    if (directives?.docStart || directives?.docEnd || directives?.yaml.explicit) {
      this.#refuse(0, [], "twemproxy takes no document markers (---, ...) and no % directives");
    }
  }

  pools(): TwemproxyPool[] {
    if (!this.#document) return [];
    const contents = this.#document.contents as Node | null;
    if (!isMap(contents) || contents.items.length === 0) {
      this.#refuse(contents?.range?.[0] ?? 0, [], "the file holds no pools; it needs a map of pools by name");
      return [];
    }
    this.#plain(contents, []);
    const names = new Set<string>();
    return (contents.items as Pair<Node, Node | null>[]).flatMap((pair) => {
      const name = this.#text(pair.key, []);
      if (!name) return [];
      if (names.has(name.text))
        this.#refuseAt(name.position, [], `there are two pools called ${show(name.text)}`);
      names.add(name.text);
      return this.#pool(name, pair.value) ?? [];
    });
  }

  #pool(name: Located, node: Node | null): TwemproxyPool | undefined {
    const path = [name.text];
    if (!isMap(node)) {
      this.#refuseAt(name.position, path, "a pool needs a map of directives");
      return undefined;
    }
    this.#plain(node, path);
    const found = new Map<Directive, Located>();
    let servers: Located[] | undefined;
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const directive = this.#directive(key, path);
      if (!directive) continue;
      const name = directive.text as Directive;
      if (found.has(name) || (name === "servers" && servers)) {
        this.#refuseAt(directive.position, [...path, name], "is a duplicate; give each directive once");
      } else if (name === "servers") {
        servers = this.#servers(value, directive.position, path);
      } else {
        const text = this.#text(value, [...path, name], directive.position);
        if (text) found.set(name, text);
      }
    }
    if (!found.has("listen")) this.#refuseAt(name.position, path, "the directive listen is missing");
    if (!servers) this.#refuseAt(name.position, path, "the list of servers is missing");
    return { name, directives: found, servers: servers ?? [] };
  }

  #directive(key: Node, path: Path): Located | undefined {
    const name = this.#text(key, path);
    if (!name || (directives as readonly string[]).includes(name.text)) return name;
    const meant = nearest(name.text, directives);
    const help = meant === undefined ? `known are ${directives.join(", ")}` : `did you mean ${meant}?`;
    this.#refuseAt(name.position, [...path, name.text], `there is no such directive; ${help}`);
    return undefined;
  }

  #servers(node: Node | null, position: Position, path: Path): Located[] {
    const at = [...path, "servers"];
    if (!isSeq(node) || node.items.length === 0) {
      this.#refuseAt(position, at, "a pool needs a list of at least one server");
      return [];
    }
    this.#plain(node, at);
    return node.items.flatMap((item, index) => this.#text(item as Node, [...at, index], position) ?? []);
  }

  /** A scalar as it is written; twemproxy knows nothing but texts. */
  #text(node: Node | null, path: Path, fallback: Position = { line: 1, column: 1 }): Located | undefined {
    const position = node?.range ? positionOf(this.#lines, node.range[0]) : fallback;
    if (!isScalar(node)) {
      const brackets =
        isCollection(node) && node.flow ? "; a value that begins with { or [ needs quotes" : "";
      this.#refuseAt(position, path, `a single value is needed here${brackets}`);
      return undefined;
    }
    this.#plain(node, path);
    const text = node.source ?? "";
    if (text !== "") return { text, position };
    this.#refuseAt(position, path, "the value is missing");
    return undefined;
  }

  #plain(node: Node, path: Path): void {
    const offset = node.range?.[0] ?? 0;
    if (isAlias(node) || ("anchor" in node && node.anchor)) {
      this.#refuse(offset, path, "twemproxy takes no anchors and aliases");
    }
    if (node.tag !== undefined) this.#refuse(offset, path, "twemproxy takes no tags");
    if (isCollection(node) && node.flow)
      this.#refuse(offset, path, "twemproxy takes no { } and [ ] notation");
  }

  #refuse(offset: number, path: Path, message: string): void {
    this.#refuseAt(positionOf(this.#lines, offset), path, message);
  }

  #refuseAt(position: Position, path: Path, message: string): void {
    this.errors.push({ file: this.#file, ...position, path: formatPath(path), message });
  }
}
