/**
 * Decodes the base64 text at bytes[start, end) to `target` and returns the number of bytes; 0 if it is no base64.
 * Only for finding the server of a meta key: the server judges the text itself.
 */
export function decodeBase64(bytes: Buffer, start: number, end: number, target: Buffer): number {
  return target.write(bytes.toString("latin1", start, end), "base64");
}
