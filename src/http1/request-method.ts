/** Methods that the proxy knows by number (RFC 9110 9.3, RFC 5789). */
export const method = {
  other: 0,
  GET: 1,
  HEAD: 2,
  POST: 3,
  PUT: 4,
  DELETE: 5,
  CONNECT: 6,
  OPTIONS: 7,
  TRACE: 8,
  PATCH: 9,
} as const;

const names = Object.keys(method).map((name) => Buffer.from(name));

/** By length and first letter there is one candidate at most. */
const candidates = new Uint8Array(8 * 32);
for (const [id, name] of names.entries()) {
  if (id !== method.other) candidates[32 * name.length + (name[0]! & 31)] = id;
}

/** The number of the method at bytes[start, end), a token; methods are case-sensitive (RFC 9110 9.1). */
export function identifyMethod(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length > 7) return method.other;
  const id = candidates[32 * length + (bytes[start]! & 31)]!;
  const name = names[id]!;
  for (let i = 0; i < length; i++) {
    if (bytes[start + i] !== name[i]) return method.other;
  }
  return id;
}
