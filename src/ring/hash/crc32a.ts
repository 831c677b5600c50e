/** The table of CRC-32 (ISO 3309): polynomial 0xedb88320, least significant bit first. */
const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  }
  return remainder;
});

/** The whole CRC-32 of zlib and Ethernet, which twemproxy 0.5.0 calls `crc32a`. */
export function crc32a(bytes: Uint8Array, start: number, end: number): number {
  let register = -1;
  for (let i = start; i < end; i++) {
    register = (register >>> 8) ^ table[(register ^ bytes[i]!) & 0xff]!;
  }
  return ~register;
}
