import { ByteQueue } from "../core/byte-queue.ts";

const blank = 0x20;

/**
 * What the requests under way on one connection have asked for, in the order of their replies, so that each reply can be
 * held against its request: the keys of a get with a blank between them, key and flags of a meta command, nothing for
 * any other. The requests themselves are with the kernel by then, and their buffers somebody else's.
 */
export class AskedWords {
  private readonly queue = new ByteQueue();
  /** Where the words of the oldest request begin in `bytes`. */
  at = 0;

  /** Valid until the next change. */
  get bytes(): Buffer {
    return this.queue.buffer;
  }

  /** Where what is appended next will stand, seen from `at`. */
  get length(): number {
    return this.queue.length - this.at;
  }

  append(source: Uint8Array, start: number, end: number): void {
    this.makeRoom(end - start);
    this.queue.append(source, start, end);
  }

  /** A further key of the same request. */
  appendKey(source: Uint8Array, start: number, end: number): void {
    this.makeRoom(end - start + 1);
    this.queue.appendByte(blank);
    this.queue.append(source, start, end);
  }

  /** Words whose characters are all below 256. */
  appendLatin1(text: string): void {
    this.makeRoom(text.length);
    this.queue.appendLatin1(text);
  }

  /** The oldest request, whose words are `length` bytes, has its reply. */
  drop(length: number): void {
    this.at += length;
    if (this.at === this.queue.length) this.clear();
  }

  clear(): void {
    this.queue.clear();
    this.at = 0;
  }

  /** Moves to the front only what is no more than what has gone: each byte is moved once at most, on average. */
  private makeRoom(size: number): void {
    const { queue, at } = this;
    if (queue.length + size <= queue.buffer.length || at < queue.length - at) return;
    queue.consume(at);
    this.at = 0;
  }
}
