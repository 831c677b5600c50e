import { giveBuffer, takeBuffer } from "./buffer-pool.ts";

/** Up to this length a loop over the bytes is faster than a call into the runtime. */
const loopCopy = 20;

/** Bytes that grow at the end, in one pooled buffer that is held only while there are any. */
export class ByteQueue {
  buffer: Buffer = none;
  length = 0;

  /**
   * Appends source[start, end). Throws RangeError where that is no part of `source`: a length that was miscalculated must
   * not shorten what is here, nor add what a buffer has held before.
   */
  append(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (!(start >= 0 && size >= 0 && end <= source.length)) throw outside(source, start, end);
    if (this.length + size > this.buffer.length) this.grow(size);
    copyBytes(source, start, end, this.buffer, this.length);
    this.length += size;
  }

  /** Appends all of `other` and leaves it empty; takes its buffer over where there is nothing to append to. */
  moveFrom(other: ByteQueue): void {
    if (this.length > 0) {
      this.append(other.buffer, 0, other.length);
    } else {
      const { buffer } = this;
      this.buffer = other.buffer;
      this.length = other.length;
      other.buffer = buffer;
      other.length = 0;
    }
    other.clear();
  }

  appendByte(byte: number): void {
    if (this.length === this.buffer.length) this.grow(1);
    this.buffer[this.length++] = byte;
  }

  /** Appends a string whose characters are all below 256. */
  appendLatin1(text: string): void {
    if (this.length + text.length > this.buffer.length) this.grow(text.length);
    this.length += this.buffer.write(text, this.length, "latin1");
  }

  /** Drops the first `count` bytes. */
  consume(count: number): void {
    if (count >= this.length) {
      this.clear();
    } else if (count > 0) {
      this.buffer.copyWithin(0, count, this.length);
      this.length -= count;
    }
  }

  /** Forgets the bytes and gives the buffer back. */
  clear(): void {
    if (this.buffer !== none) giveBuffer(this.buffer);
    this.buffer = none;
    this.length = 0;
  }

  /** Room for `size` bytes in all without growing on the way. */
  reserve(size: number): void {
    if (size > this.buffer.length) this.grow(size - this.length);
  }

  private grow(size: number): void {
    const larger = takeBuffer(Math.max(this.length + size, 2 * this.length));
    if (this.length > 0) this.buffer.copy(larger, 0, 0, this.length);
    if (this.buffer !== none) giveBuffer(this.buffer);
    this.buffer = larger;
  }
}

/** Copies source[start, end) to target[at…]; the ranges must not overlap. */
export function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): void {
  if (end - start <= loopCopy) {
    for (let i = start; i < end; i++) target[at++] = source[i]!;
  } else {
    (source as Buffer).copy(target, at, start, end);
  }
}

const none = Buffer.alloc(0);

function outside({ length }: Uint8Array, start: number, end: number): RangeError {
  return new RangeError(`bytes ${start} to ${end} are not within ${length}`);
}
