import { byte } from "./byte-tables.ts";
import { type ProblemCode, refusal, unfinished } from "./head-problem.ts";

const prefix = Buffer.from("HTTP/");

/**
 * The minor version, 0 or 1, of the `HTTP/1.x` at bytes[at, end), which must be 8 bytes long; `unfinished` if more
 * bytes could make it one, or a `refusal` at the first byte that is wrong. Major versions from 2 on are
 * `unsupported-version`, all else is `wrong`.
 */
export function readVersion(bytes: Uint8Array, at: number, end: number, wrong: ProblemCode): number {
  if (end - at >= 8 && isPlain(bytes, at)) return bytes[at + 7]! - byte.zero;
  for (let i = 0; i < prefix.length; i++) {
    if (at + i === end) return unfinished;
    if (bytes[at + i] !== prefix[i]) return refusal[wrong];
  }
  if (at + 5 === end) return unfinished;
  const major = bytes[at + 5]! - byte.zero;
  if (major < 1 || major > 9) return refusal[wrong];
  if (major > 1) return refusal["unsupported-version"];
  if (at + 6 === end) return unfinished;
  if (bytes[at + 6] !== 0x2e) return refusal[wrong];
  if (at + 7 === end) return unfinished;
  const minor = bytes[at + 7]! - byte.zero;
  return minor === 0 || minor === 1 ? minor : refusal[wrong];
}

/** Whether bytes[at, at + 8) is HTTP/1.0 or HTTP/1.1: nearly always. */
function isPlain(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 0x48 &&
    bytes[at + 1] === 0x54 &&
    bytes[at + 2] === 0x54 &&
    bytes[at + 3] === 0x50 &&
    bytes[at + 4] === 0x2f &&
    bytes[at + 5] === 0x31 &&
    bytes[at + 6] === 0x2e &&
    (bytes[at + 7]! | 1) === 0x31
  );
}
