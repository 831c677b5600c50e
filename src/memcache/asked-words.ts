import { giveBuffer, takeBuffer } from "../core/buffer-pool.ts";
import { copyWide, viewOf } from "../core/wide-bytes.ts";

const blank = 0x20;

/** Bytes that a connection keeps for its words, once it has had any; where that is not enough, the pool gives more. */
const kept = 2048;

/**
 * What the requests under way on one connection have asked for, in the order of their replies, so that each reply can be
 * held against its request: the keys of a get with a blank between them, key and flags of a meta command, nothing for
 * any other. The requests themselves are with the kernel by then, and their buffers somebody else's.
 */
export class AskedWords {
  /** Valid until the next change. */
  bytes: Buffer = none;
  view: DataView = viewOf(none);
  /** Where the words of the oldest request begin in `bytes`. */
  at = 0;
  private end = 0;
  private home: Buffer = none;

  /** Where what is appended next will stand, seen from `at`. */
  get length(): number {
    return this.end - this.at;
  }

  /** Throws RangeError where source[start, end) is no part of `source`. */
  append(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (!(size >= 0)) throw new RangeError(`words of ${size} bytes`);
    if (this.end + size > this.bytes.length) this.makeRoom(size);
    copyWide(viewOf(source), start, end, this.view, this.end);
    this.end += size;
  }

  /** A further key of the same request. */
  appendKey(source: Uint8Array, start: number, end: number): void {
    if (this.end === this.bytes.length) this.makeRoom(1);
    this.bytes[this.end++] = blank;
    this.append(source, start, end);
  }

  /** Words whose characters are all below 256. */
  appendLatin1(text: string): void {
    if (this.end + text.length > this.bytes.length) this.makeRoom(text.length);
    this.end += this.bytes.write(text, this.end, "latin1");
  }

  /** The oldest request, whose words are `length` bytes, has its reply. */
  drop(length: number): void {
    this.at += length;
    if (this.at === this.end) this.clear();
  }

  clear(): void {
    this.at = this.end = 0;
    if (this.bytes !== this.home) this.use(this.home);
  }

  /**
   * Moves what is there to the front, if that is no more than what has gone: each byte is moved once at most, on average.
   * Else it goes to a larger buffer.
   */
  private makeRoom(size: number): void {
    const { bytes, at, end } = this;
    const length = end - at;
    if (end + size <= bytes.length) return;
    if (this.home === none) {
      this.home = Buffer.allocUnsafeSlow(kept);
      this.use(this.home);
      if (size <= kept) return;
    }
    this.at = 0;
    this.end = length;
    if (at >= length && length + size <= bytes.length) bytes.copyWithin(0, at, end);
    else {
      const larger = takeBuffer(2 * (length + size));
      bytes.copy(larger, 0, at, end);
      this.use(larger);
    }
  }

  private use(bytes: Buffer): void {
    const before = this.bytes;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (before !== this.home && before !== none) giveBuffer(before);
  }
}

const none = Buffer.alloc(0);
