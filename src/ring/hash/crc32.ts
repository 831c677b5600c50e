import { crc32a } from "./crc32a.ts";

/**
 * What twemproxy 0.5.0 and libmemcached call `crc32`: bits 16 to 30 of the CRC-32, so 0..32767. Good for modula;
 * on a circle of 2^32 points nearly every key lands in the same small arc.
 */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
  return (crc32a(bytes, start, end) >>> 16) & 0x7fff;
}
