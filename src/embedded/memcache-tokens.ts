/**
 * Words and numbers of a memcache command line, read as memcached 1.6 reads them: words are separated by spaces
 * alone, a NUL ends the line, and a number ends at the first white space.
 */

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;
const NUMBER = /^[\t-\r ]*([+-]?\d+)(?:[\t-\r ]|$)/;

/** The words of a line (latin1, one character per byte, without its line end). */
export function splitTokens(line: string): string[] {
  const nul = line.indexOf("\0");
  return (nul < 0 ? line : line.slice(0, nul)).split(" ").filter((token) => token !== "");
}

/** A signed number cut to its low 32 bits, or null if the word is none or needs more than 64. */
export function parseInt32(token: string): number | null {
  const number = parseDecimal(token);
  return number === null || number > INT64_MAX || number < INT64_MIN
    ? null
    : Number(BigInt.asIntN(32, number));
}

/** An unsigned number cut to its low 32 bits, as client flags are; null if the word is none or negative. */
export function parseUint32(token: string): number | null {
  const number = parseUint64(token);
  return number === null ? null : Number(BigInt.asUintN(32, number));
}

/** An unsigned 64-bit number, or null if the word is none, negative or larger. */
export function parseUint64(token: string): bigint | null {
  const number = parseDecimal(token);
  return number === null || number < 0n || number > UINT64_MAX ? null : number;
}

function parseDecimal(token: string): bigint | null {
  const digits = NUMBER.exec(token)?.[1];
  if (digits === undefined) return null;
  return BigInt(digits.startsWith("+") ? digits.slice(1) : digits);
}
