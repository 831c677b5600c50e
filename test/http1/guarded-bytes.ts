/** `text`, one byte per character, in the middle of other bytes: where it begins and ends among them. */
export function surrounded(text: string): { bytes: Buffer; start: number; end: number } {
  const before = "GET /before HTTP/1.1\r\nHost: before\r\n\r\n";
  const bytes = Buffer.from(`${before}${text}\r\n\r\nGET /behind HTTP/1.1\r\n`, "latin1");
  return { bytes, start: before.length, end: before.length + text.length };
}

/** The bytes, which throw when one is read that is not among bytes[start, end). */
export function guarded(bytes: Buffer, start: number, end: number): Uint8Array {
  return new Proxy(bytes, {
    get(target, property) {
      const index = Number(property);
      if (!(index >= start && index < end)) throw new RangeError(`byte ${String(property)} is read`);
      return target[index];
    },
  });
}
