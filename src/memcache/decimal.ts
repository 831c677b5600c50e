const zero = 0x30;
const plus = 0x2b;
const minus = 0x2d;

/**
 * The decimal number at bytes[start, end), with an optional sign; NaN if it is anything else or has more than 15
 * digits behind leading zeros, which no bound here needs.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const sign = bytes[at];
  if (sign === minus || sign === plus) at++;
  if (at >= end) return Number.NaN;
  while (at < end - 1 && bytes[at] === zero) at++;
  if (end - at > 15) return Number.NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - zero;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return sign === minus ? -value : value;
}

/**
 * Whether the number at bytes[start, end), which is one, stands there in the only form that all servers read: no plus,
 * no leading zeros, and no sign before 0.
 */
export function isPlainDecimal(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start];
  if (first === plus) return false;
  if (first === minus) return bytes[start + 1] !== zero;
  return first !== zero || end - start === 1;
}

/** Whether bytes[start, end) are the decimal digits of a number that fits 64 bits, as a cas unique must. */
export function isUint64(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] === plus) start++;
  if (start >= end) return false;
  for (let i = start; i < end; i++) {
    if (bytes[i]! < zero || bytes[i]! > zero + 9) return false;
  }
  while (start < end && bytes[start] === zero) start++;
  if (end - start !== 20) return end - start < 20;
  return (bytes as Buffer).toString("latin1", start, end) <= "18446744073709551615";
}
