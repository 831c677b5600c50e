/**
 * Recycled byte buffers in power-of-two sizes, one set per thread. Taking and giving back is a pop and a push.
 *
 * They are parts of slabs, halved as often as it takes and joined again by `tidyBuffers` (buddies: Knowlton, "A fast storage
 * allocator", 1965). Memory of its own for each would do worse: with every larger block that is freed, glibc raises the
 * length from which a block is mapped alone, up to 32 MiB, and keeps twice that much at the end of every thread's heap;
 * between what stays, holes grow. A slab is always mapped alone, and costs what is touched of it.
 */

const smallest = 10;
/** A slab: 32 MiB, the most that glibc 2.36 raises M_MMAP_THRESHOLD to. What is longer gets memory of its own. */
const largest = 25;

const free: Buffer[][] = [];
for (let bits = smallest; bits <= largest; bits++) free[bits] = [];
/** The slabs by age: where all that is free is put in order, older ones come first. */
let slabs: ArrayBufferLike[] = [];
/** Slabs that nobody used at all when tidied last. */
let unused: readonly Buffer[] = [];
/** Forgotten before the last tidying, and since. */
let leaving: Buffer[] = [];
let forgotten: Buffer[] = [];

let inUse = 0;
let outside = 0;

/**
 * Bytes that connections of this thread hold in all: in buffers taken and not given back yet, and what `OutsideBytes` tells
 * of memory that is not the pool's.
 */
export function bufferedBytes(): number {
  return inUse + outside;
}

/** What one connection holds in memory that is not the pool's, as a part of `bufferedBytes`. */
export class OutsideBytes {
  private counted = 0;

  /** It holds so many bytes now. The last word of a connection is 0. */
  set(bytes: number): void {
    outside += bytes - this.counted;
    this.counted = bytes;
  }
}

/** A buffer of at least `size` bytes with arbitrary content. */
export function takeBuffer(size: number): Buffer {
  const bits = Math.max(smallest, 32 - Math.clz32(size - 1));
  const buffer = bits > largest ? Buffer.allocUnsafeSlow(size) : (free[bits]!.pop() ?? carve(bits));
  inUse += buffer.length;
  return buffer;
}

/** Gives a buffer of `takeBuffer` back. The caller must not touch it again. */
export function giveBuffer(buffer: Buffer): void {
  inUse -= buffer.length;
  setFree(buffer);
}

/** Gives back a buffer of `takeBuffer` from which something outside may still read for a moment. */
export function forgetBuffer(buffer: Buffer): void {
  inUse -= buffer.length;
  forgotten.push(buffer);
}

/**
 * Joins what is free, so that what is taken next lies close together at the beginning of the oldest slab, and lets go of
 * slabs that nobody has used since the last time. To be called every second or so.
 */
export function tidyBuffers(): void {
  for (const buffer of leaving) setFree(buffer);
  leaving = forgotten;
  forgotten = [];
  for (let bits = smallest; bits < largest; bits++) join(free[bits]!, free[bits + 1]!);
  const whole = free[largest]!;
  const used = whole.filter((slab) => !unused.includes(slab));
  for (const slab of whole) if (!used.includes(slab)) release(slab);
  free[largest] = used.sort(lowestLast);
  unused = [...used];
}

function setFree(buffer: Buffer): void {
  // For an empty one, there is no list.
  if (buffer.length <= 1 << largest) free[31 - Math.clz32(buffer.length)]?.push(buffer);
  else (buffer.buffer as ArrayBuffer).transfer(0);
}

/** A part of the smallest that can be halved to it, or of a new slab. */
function carve(bits: number): Buffer {
  let from = bits;
  while (from <= largest && free[from]!.length === 0) from++;
  let part = from > largest ? newSlab() : free[from]!.pop()!;
  for (let half = Math.min(from, largest) - 1; half >= bits; half--) {
    free[half]!.push(part.subarray(1 << half));
    part = part.subarray(0, 1 << half);
  }
  return part;
}

function newSlab(): Buffer {
  const slab = Buffer.allocUnsafeSlow(1 << largest);
  slabs.push(slab.buffer);
  return slab;
}

/** Now and not with the next collection, which may be minutes away. */
function release(slab: Buffer): void {
  slabs = slabs.filter((memory) => memory !== slab.buffer);
  (slab.buffer as ArrayBuffer).transfer(0);
}

/** Moves pairs of halves from `halves` to `wholes`, and leaves the others with the lowest at the end, where it is taken. */
function join(halves: Buffer[], wholes: Buffer[]): void {
  halves.sort(lowestLast);
  let left = 0;
  for (let at = 0; at < halves.length; at++) {
    const upper = halves[at]!;
    const lower = halves[at + 1];
    if (lower !== undefined && areBuddies(lower, upper)) {
      wholes.push(Buffer.from(lower.buffer, lower.byteOffset, 2 * lower.length));
      at++;
    } else halves[left++] = upper;
  }
  halves.length = left;
}

function areBuddies(lower: Buffer, upper: Buffer): boolean {
  const { length, byteOffset } = lower;
  const isLower = (byteOffset & length) === 0;
  return isLower && upper.byteOffset === byteOffset + length && upper.buffer === lower.buffer;
}

function lowestLast(a: Buffer, b: Buffer): number {
  if (a.buffer === b.buffer) return b.byteOffset - a.byteOffset;
  return slabs.indexOf(b.buffer) - slabs.indexOf(a.buffer);
}
