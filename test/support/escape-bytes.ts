/** Bytes as printable ASCII: `\r`, `\n`, `\t`, `\\` by name, others as `\xNN`; cut in the middle beyond `limit`. */
export function escapeBytes(bytes: Uint8Array, limit = 400): string {
  if (bytes.length > limit) {
    const half = Math.floor(limit / 2);
    const cut = `…(${bytes.length - 2 * half} bytes)…`;
    return `${escapeBytes(bytes.subarray(0, half))}${cut}${escapeBytes(bytes.subarray(bytes.length - half))}`;
  }
  let text = "";
  for (const byte of bytes)
    text += NAMED.get(byte) ?? (isPrintable(byte) ? String.fromCharCode(byte) : hex(byte));
  return text;
}

const NAMED: ReadonlyMap<number, string> = new Map([
  [0x0d, "\\r"],
  [0x0a, "\\n"],
  [0x09, "\\t"],
  [0x5c, "\\\\"],
]);

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

function hex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}
