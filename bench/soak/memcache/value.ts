import { bytePattern } from "../byte-pattern.ts";

/** Longest value, in bytes. */
export const longestValue = 300 * 1024;
/** Versions are 0..versions-1: a version and 16 bits of the key's hash share the 32 bits of an item's flags. */
export const versions = 65_536;

const patternStarts = 65_536;
/** Bytes of every value, with line ends and protocol words among them. */
const pattern = bytePattern(patternStarts + longestValue, "\r\nEND\r\nHD\r\nSTOR");

/** Sizes that occur, by how often in 100: many small ones, some empty, few large. Bytes, both included. */
const sizes: readonly (readonly [share: number, from: number, to: number])[] = [
  [4, 0, 0],
  [50, 1, 100],
  [36, 101, 4096],
  [8, 4097, 65_536],
  [2, 65_537, longestValue],
];

/** What belongs to a key in one of its versions: all of it follows from the two. */
export interface Value {
  readonly flags: number;
  readonly body: Buffer;
}

export function makeValue(key: string, version: number): Value {
  const seed = mix(hash(key) ^ version);
  const body = Buffer.allocUnsafe(sizeOf(seed));
  const head = body.write(`${key} ${version} `, "latin1");
  const start = seed % patternStarts;
  pattern.copy(body, head, start, start + body.length - head);
  return { flags: flagsOf(key, version), body };
}

/** The version that an answer shows, or in words why it is not a value of this key. */
export function versionOf(key: string, flags: number, body: Buffer): number | string {
  const version = flags % versions;
  if (flags !== flagsOf(key, version)) return `flags ${flags} are not those of ${key}`;
  const seed = mix(hash(key) ^ version);
  if (body.length !== sizeOf(seed)) {
    return `${body.length} bytes, not the ${sizeOf(seed)} of ${key} in version ${version}`;
  }
  const head = Buffer.from(`${key} ${version} `, "latin1").subarray(0, body.length);
  const start = seed % patternStarts;
  const tail = pattern.subarray(start, start + body.length - head.length);
  if (body.compare(head, 0, head.length, 0, head.length) !== 0) return `another key's bytes under ${key}`;
  if (tail.compare(body, head.length, body.length) !== 0) return `torn value of ${key} in version ${version}`;
  return version;
}

function flagsOf(key: string, version: number): number {
  return (hash(key) >>> 16) * versions + version;
}

function sizeOf(seed: number): number {
  let share = seed % 100;
  const within = mix(seed + 1);
  for (const [part, from, to] of sizes) {
    if (share < part) return from + (within % (to - from + 1));
    share -= part;
  }
  return 0;
}

/** FNV-1a, 32 bits (draft-eastlake-fnv). */
function hash(key: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) value = Math.imul(value ^ key.charCodeAt(at), 0x01000193);
  return value >>> 0;
}

/** The finalizer of MurmurHash3, 32 bits (Appleby). */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
