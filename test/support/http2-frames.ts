/** Frames of HTTP/2 as bytes (RFC 9113 4 and 6), for what no library sends. */

export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A block of fields without compression (RFC 7541 6.2.2), each name and value shorter than 127 bytes. */
export function fields(...pairs: readonly (readonly [name: string, value: string])[]): Buffer {
  const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value, "latin1")]);
  return Buffer.concat(pairs.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** The head of a GET of `path`, and all of the request. */
export function getRequest(
  stream: number,
  path: string,
  ...more: readonly (readonly [string, string])[]
): Buffer {
  const block = fields(
    [":method", "GET"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "h"],
    ...more,
  );
  return frame(frameType.headers, flag.endStream | flag.endHeaders, stream, block);
}

export function resetStream(stream: number, code: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(frameType.resetStream, 0, stream, payload);
}

/** `last`: the last stream that was taken. */
export function goaway(last: number, code: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(last);
  payload.writeUInt32BE(code, 4);
  return frame(frameType.goaway, 0, 0, payload);
}

/** Content of a request or an answer; `ends`: nothing follows it. */
export function data(stream: number, content: Buffer | string, ends = false): Buffer {
  return frame(frameType.data, ends ? flag.endStream : 0, stream, Buffer.from(content));
}

/** One setting (RFC 9113 6.5.1). */
export function setting(identifier: number, value: number): Buffer {
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(identifier);
  payload.writeUInt32BE(value, 2);
  return frame(frameType.settings, 0, 0, payload);
}

/** 0 is the connection. */
export function windowUpdate(stream: number, increment: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment);
  return frame(frameType.windowUpdate, 0, stream, payload);
}

/** A frame that was read. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The whole frames at the beginning of `bytes`. */
export function readFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    if (at + 9 + length > bytes.length) break;
    const payload = bytes.subarray(at + 9, at + 9 + length);
    frames.push({ type: bytes[at + 3]!, flags: bytes[at + 4]!, stream: bytes.readUInt32BE(at + 5), payload });
    at += 9 + length;
  }
  return frames;
}

/** Codes of `:status` in the static table from 8 on (RFC 7541 A). */
const tableStatus = [200, 204, 206, 304, 400, 404, 500];

/** The status that a head begins with, as nghttp2 writes it: by the table, or as three digits. */
export function statusOf(block: Buffer): number {
  const first = block[0]!;
  if (first & 0x80) return tableStatus[(first & 0x7f) - 8]!;
  const length = block[1]! & 0x7f;
  const text = block.subarray(2, 2 + length);
  return Number(block[1]! & 0x80 ? huffmanDigits(text) : text.toString());
}

/** 0 to 2 have codes of 5 bits, 3 to 9 of 6 bits (RFC 7541 B). */
function huffmanDigits(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let digits = "";
  for (let at = 0; digits.length < 3; ) {
    const short = Number.parseInt(bits.slice(at, at + 5), 2);
    digits += short < 3 ? short : Number.parseInt(bits.slice(at, at + 6), 2) - 0x19 + 3;
    at += short < 3 ? 5 : 6;
  }
  return digits;
}
