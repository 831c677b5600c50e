/** The table of CRC-16/XMODEM: polynomial 0x1021, most significant bit first. */
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 8;
  for (let bit = 0; bit < 8; bit++) {
    remainder = (remainder << 1) ^ (remainder & 0x8000 ? 0x1021 : 0);
  }
  return remainder;
});

/**
 * twemproxy 0.5.0's `crc16`: the steps of CRC-16/XMODEM in a register of 32 bits that is never masked, so that
 * the upper half holds what earlier steps pushed out.
 */
export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let register = 0;
  for (let i = start; i < end; i++) {
    register = (register << 8) ^ table[((register >>> 8) ^ bytes[i]!) & 0xff]!;
  }
  return register;
}
