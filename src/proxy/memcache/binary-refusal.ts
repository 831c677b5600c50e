/** First byte of a request of memcached's binary protocol; no command of the text protocol begins with it. */
export const binaryMagic = 0x80;

/** Length of the header of a request or response. */
export const binaryHeader = 24;

const responseMagic = 0x81;
const unknownCommand = 0x0081;
const words = Buffer.from("Unknown command: only the text and meta protocols are spoken here");

/**
 * The answer to a client of the binary protocol, in its own words, so that it reports what is wrong instead of waiting:
 * a response with the opcode and opaque of the request whose header begins at `start`, status 0x0081 (unknown command)
 * and a text (memcached 1.6 doc/protocol-binary.txt). Undefined while the header is not complete.
 */
export function binaryRefusal(bytes: Buffer, start: number, end: number): Buffer | undefined {
  if (end - start < binaryHeader) return undefined;
  const response = Buffer.alloc(binaryHeader + words.length);
  response[0] = responseMagic;
  response[1] = bytes[start + 1]!;
  response.writeUInt16BE(unknownCommand, 6);
  response.writeUInt32BE(words.length, 8);
  bytes.copy(response, 12, start + 12, start + 16);
  words.copy(response, binaryHeader);
  return response;
}
