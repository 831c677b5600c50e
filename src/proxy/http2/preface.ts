/** What a client of HTTP/2 says first (RFC 9113 3.4). */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** From here on it can be no request of HTTP/1.1. */
const telling = "PRI * HTTP/2".length;

/** Whether bytes[start, end) is how a connection of HTTP/2 begins, as far as it has come. */
export function isPreface(bytes: Buffer, start: number, end: number): boolean {
  const length = Math.min(end - start, preface.length);
  return length >= telling && bytes.compare(preface, 0, length, start, start + length) === 0;
}
