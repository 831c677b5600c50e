/**
 * Parts of Node that a daemon without certificates and passwords does without. They take 5 MB of resident memory,
 * in part once per thread, so they are loaded by whoever uses them first and not by an import.
 */

export function loadTls(): typeof import("node:tls") {
  return process.getBuiltinModule("node:tls");
}

export function loadCrypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto");
}

/** An `import` of node:http reads all of its exports, and one of them loads a whole second HTTP client: 16 MB. */
export function loadHttp(): typeof import("node:http") {
  return process.getBuiltinModule("node:http");
}

/** Takes 12 MB: for who speaks HTTP/2. */
export function loadHttp2(): typeof import("node:http2") {
  return process.getBuiltinModule("node:http2");
}
