/**
 * Recycled byte buffers in power-of-two sizes, one set per thread. Taking and giving back is a pop and a push; what is
 * not in use beyond `kept` per size is left to the garbage collector, and `trimBuffers` frees what is not needed any more.
 */

const smallest = 10;
/** Sizes above 2^20 are made on demand and never kept: rare, and large enough to matter. */
const largest = 20;
const free: Buffer[][] = [];
/** How many of each size are kept: 4 MiB, and at least four. */
const kept: number[] = [];
/** The fewest that were free since the last trim: so many more than needed. */
const spare: number[] = [];
for (let bits = smallest; bits <= largest; bits++) {
  free[bits] = [];
  kept[bits] = Math.max(4, 1 << (22 - bits));
  spare[bits] = 0;
}

let inUse = 0;

/** Bytes taken and not given back yet on this thread: what connections hold in all. */
export function bufferedBytes(): number {
  return inUse;
}

/** A buffer of at least `size` bytes with arbitrary content. */
export function takeBuffer(size: number): Buffer {
  const bits = Math.max(smallest, 32 - Math.clz32(size - 1));
  const list = free[bits];
  const buffer = list?.pop() ?? Buffer.allocUnsafeSlow(bits > largest ? size : 1 << bits);
  if (list !== undefined && list.length < spare[bits]!) spare[bits] = list.length;
  inUse += buffer.length;
  return buffer;
}

/** Gives a buffer of `takeBuffer` back. The caller must not touch it again. */
export function giveBuffer(buffer: Buffer): void {
  inUse -= buffer.length;
  const bits = 31 - Math.clz32(buffer.length);
  const list = free[bits];
  if (list !== undefined && buffer.length === 1 << bits && list.length < kept[bits]!) list.push(buffer);
}

/** Leaves a buffer of `takeBuffer` to the garbage collector: something outside may still read from it. */
export function forgetBuffer(buffer: Buffer): void {
  inUse -= buffer.length;
}

/**
 * Frees half of the buffers, of each size, that nobody has needed since the last call. Without it, a thread would keep the
 * most that it has ever needed of every size at once, which in the course of time is nearly all that `kept` allows.
 */
export function trimBuffers(): void {
  for (let bits = smallest; bits <= largest; bits++) {
    const list = free[bits]!;
    for (const buffer of list.splice(0, Math.ceil(spare[bits]! / 2))) {
      // Now and not with the next collection, which may be minutes away.
      (buffer.buffer as ArrayBuffer).transfer(0);
    }
    spare[bits] = list.length;
  }
}
