/**
 * Parts of Node that most daemons do without, or need late. They take time of the start and resident memory, in part once
 * per thread, so they are loaded by whoever uses them first and not by an import, which moreover reads all exports
 * of a module, also those that load others.
 */

/** With `node:crypto` 5 MB. */
export function loadTls(): typeof import("node:tls") {
  return process.getBuiltinModule("node:tls");
}

export function loadCrypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto");
}

export function loadChildProcess(): typeof import("node:child_process") {
  return process.getBuiltinModule("node:child_process");
}

/** An `import` of node:http reads all of its exports, and one of them loads a whole second HTTP client: 16 MB. */
export function loadHttp(): typeof import("node:http") {
  return process.getBuiltinModule("node:http");
}

/** Takes 12 MB: for who speaks HTTP/2. */
export function loadHttp2(): typeof import("node:http2") {
  return process.getBuiltinModule("node:http2");
}

/** Node has it at hand, but for what only an `import` or `promises` loads: streams, and the editing of command lines. */
export function loadFs(): typeof import("node:fs") {
  return process.getBuiltinModule("node:fs");
}

/** Brings the reading and writing of zip files with it. */
export function loadZlib(): typeof import("node:zlib") {
  return process.getBuiltinModule("node:zlib");
}

/** Node has it at hand; an `import` reads its exports, and those load a parser of arguments, a diff and more. */
export function loadUtil(): typeof import("node:util") {
  return process.getBuiltinModule("node:util");
}
