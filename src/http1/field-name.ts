/**
 * Fields that the proxy knows by number. Names are the keys with `-` for `_`; numbers below 32 also have a bit in
 * `FieldTable`, so what frames or routes a message comes first.
 */
export const field = {
  other: 0,
  connection: 1,
  host: 2,
  content_length: 3,
  transfer_encoding: 4,
  te: 5,
  trailer: 6,
  upgrade: 7,
  keep_alive: 8,
  proxy_connection: 9,
  expect: 10,
  via: 11,
  forwarded: 12,
  x_forwarded_for: 13,
  x_forwarded_proto: 14,
  x_forwarded_host: 15,
  x_request_id: 16,
  traceparent: 17,
  tracestate: 18,
  cookie: 19,
  set_cookie: 20,
  date: 21,
  server: 22,
  max_forwards: 23,
  retry_after: 24,
  content_type: 25,
  x_forwarded_port: 26,
  x_real_ip: 27,
  location: 28,
  authorization: 29,
  content_encoding: 30,
  content_range: 31,
  proxy_authenticate: 32,
  proxy_authorization: 33,
  www_authenticate: 34,
  authentication_info: 35,
  proxy_authentication_info: 36,
  age: 37,
  cache_control: 38,
  expires: 39,
  pragma: 40,
  range: 41,
  vary: 42,
  warning: 43,
  if_match: 44,
  if_none_match: 45,
  if_modified_since: 46,
  if_unmodified_since: 47,
  if_range: 48,
} as const;

/** Longest name that has a number. */
const maxLength = 31;

/** The names in lower case, by number; that of `other` is empty. */
export const fieldNames: readonly string[] = Object.entries(field).map(([key, id]) =>
  id === field.other ? "" : key.replaceAll("_", "-"),
);

/** Letters of all names, 32 places each. */
const nameBytes = new Uint8Array(32 * fieldNames.length);
/** The first number for a length and a first letter, and for each number the next one of the same kind; 0: none. */
const firstOfKind = new Uint8Array(32 * 32);
const nextOfKind = new Uint8Array(fieldNames.length);
for (const [id, name] of fieldNames.entries()) {
  if (id === field.other) continue;
  nameBytes.set(Buffer.from(name), 32 * id);
  const kind = 32 * name.length + (name.charCodeAt(0) & 31);
  nextOfKind[id] = firstOfKind[kind]!;
  firstOfKind[kind] = id;
}

/** The number of the field whose name, a token, is at bytes[start, end), in whatever case; `field.other` if none. */
export function identifyField(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length > maxLength || length === 0) return field.other;
  let id = firstOfKind[32 * length + (bytes[start]! & 31)]!;
  while (id !== 0 && !isNamed(bytes, start, length, id)) id = nextOfKind[id]!;
  return id;
}

function isNamed(bytes: Uint8Array, start: number, length: number, id: number): boolean {
  const name = 32 * id;
  for (let i = 0; i < length; i++) {
    // Of the bytes of a token only capitals and their small letters come out as a letter, and only `-` as `-`.
    if ((bytes[start + i]! | 0x20) !== nameBytes[name + i]) return false;
  }
  return true;
}

/** A mark per number: `table[id] === 1` for those given. */
export function fieldSet(...ids: readonly number[]): Uint8Array {
  const marks = new Uint8Array(fieldNames.length);
  for (const id of ids) marks[id] = 1;
  return marks;
}
