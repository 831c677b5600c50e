import { command } from "../observe/metric-labels.ts";

/** What a command line looks like, and so how it is parsed. */
export const form = {
  /** `get key+` */
  get: 0,
  /** `gat exptime key+` */
  gat: 1,
  /** `set key flags exptime bytes [noreply]` + value */
  store: 2,
  /** `cas key flags exptime bytes unique [noreply]` + value */
  cas: 3,
  /** `incr key value [noreply]` */
  delta: 4,
  /** `touch key exptime [noreply]` */
  touch: 5,
  /** `delete key [0] [noreply]` */
  delete: 6,
  /** `mg key flag*` */
  meta: 7,
  /** `ms key bytes flag*` + value */
  metaStore: 8,
  /** Nothing that is routed by key. */
  plain: 9,
} as const;

/** One command of the text protocol: memcached 1.6 doc/protocol.txt. */
export interface CommandSpec {
  readonly name: string;
  readonly command: number;
  readonly form: number;
  /** Bounds on the number of words, the command's own included; outside of them memcached says ERROR. */
  readonly minWords: number;
  readonly maxWords: number;
}

const many = 2 ** 31;
const spec = (name: keyof typeof command, form: number, minWords: number, maxWords: number): CommandSpec => ({
  name,
  command: command[name],
  form,
  minWords,
  maxWords,
});

const table: readonly CommandSpec[] = [
  spec("get", form.get, 2, many),
  spec("gets", form.get, 2, many),
  spec("gat", form.gat, 2, many),
  spec("gats", form.gat, 2, many),
  spec("set", form.store, 5, 6),
  spec("add", form.store, 5, 6),
  spec("replace", form.store, 5, 6),
  spec("append", form.store, 5, 6),
  spec("prepend", form.store, 5, 6),
  spec("cas", form.cas, 6, 7),
  spec("incr", form.delta, 3, 4),
  spec("decr", form.delta, 3, 4),
  spec("touch", form.touch, 3, 4),
  spec("delete", form.delete, 2, 4),
  spec("mg", form.meta, 2, many),
  spec("md", form.meta, 2, many),
  spec("ma", form.meta, 2, many),
  spec("me", form.meta, 1, many),
  spec("ms", form.metaStore, 2, many),
  spec("mn", form.plain, 1, many),
  spec("flush_all", form.plain, 1, 3),
  spec("version", form.plain, 1, many),
  spec("stats", form.plain, 1, many),
  spec("verbosity", form.plain, 2, 3),
  spec("slabs", form.plain, 1, many),
  spec("quit", form.plain, 1, many),
];

/** The first four letters (zeros after a shorter name) tell all commands apart. */
const byHead = new Map(table.map((entry) => [head(Buffer.from(entry.name), 0, entry.name.length), entry]));

function head(bytes: Uint8Array, start: number, end: number): number {
  let packed = 0;
  for (let i = start; i < start + 4; i++) packed = (packed << 8) | (i < end ? bytes[i]! : 0);
  return packed;
}

/** The command whose name stands at bytes[start, end), or undefined. Names are lower case, as in memcached. */
export function findCommand(bytes: Uint8Array, start: number, end: number): CommandSpec | undefined {
  const found = byHead.get(head(bytes, start, end));
  if (found === undefined || found.name.length !== end - start) return undefined;
  for (let i = 4; i < end - start; i++) {
    if (bytes[start + i] !== found.name.charCodeAt(i)) return undefined;
  }
  return found;
}
