import { lowerCase } from "./byte-tables.ts";

const initialCapacity = 64;

/**
 * Where the fields of a head stand in its bytes, in the order of their lines. Values are without the white space
 * around them. The line of field i goes from nameStart[i] to nameStart[i + 1], that of the last one to the end of
 * the head less two: there are no folded lines, so lines that stay as they are can be copied in runs.
 *
 * The arrays are replaced by larger ones when a head has more fields than any before it.
 */
export class FieldTable {
  count = 0;
  nameStart = new Int32Array(initialCapacity);
  nameEnd = new Int32Array(initialCapacity);
  valueStart = new Int32Array(initialCapacity);
  valueEnd = new Int32Array(initialCapacity);
  /** The field's number (`field`). */
  id = new Uint8Array(initialCapacity);
  /** 1: not to be passed on as it is; it concerns this connection only (RFC 9110 7.6.1), or must not be there. */
  hop = new Uint8Array(initialCapacity);
  /** Bit n: a field of number n < 32 is there, or is there more than once. */
  seen = 0;
  repeated = 0;

  clear(): void {
    this.count = 0;
    this.seen = 0;
    this.repeated = 0;
  }

  /** Whether a field of number `id` < 32 is there. */
  has(id: number): boolean {
    return ((this.seen >>> id) & 1) === 1;
  }

  /** Whether a field of number `id` < 32 is there more than once. */
  hasSeveral(id: number): boolean {
    return ((this.repeated >>> id) & 1) === 1;
  }

  /** Index of the first field of number `id`, not `other`, from index `from` on; -1 if there is none. */
  indexOf(id: number, from = 0): number {
    if (id < 32 && !this.has(id)) return -1;
    const ids = this.id;
    for (let i = from; i < this.count; i++) {
      if (ids[i] === id) return i;
    }
    return -1;
  }

  /** Index of the first field whose name is `name`, given in lower case, from index `from` on; -1 if there is none. */
  find(bytes: Uint8Array, name: Uint8Array, from = 0): number {
    for (let i = from; i < this.count; i++) {
      if (this.isNamed(i, bytes, name, 0, name.length)) return i;
    }
    return -1;
  }

  /** Whether field `i` has the name at name[start, end), which may be in any case. */
  isNamed(i: number, bytes: Uint8Array, name: Uint8Array, start: number, end: number): boolean {
    const at = this.nameStart[i]! - start;
    if (this.nameEnd[i]! - at !== end) return false;
    for (let k = start; k < end; k++) {
      if (lowerCase[bytes[at + k]!] !== lowerCase[name[k]!]) return false;
    }
    return true;
  }

  /** Makes room for more fields. */
  grow(): void {
    const capacity = 2 * this.id.length;
    this.nameStart = grown(this.nameStart, new Int32Array(capacity));
    this.nameEnd = grown(this.nameEnd, new Int32Array(capacity));
    this.valueStart = grown(this.valueStart, new Int32Array(capacity));
    this.valueEnd = grown(this.valueEnd, new Int32Array(capacity));
    this.id = grown(this.id, new Uint8Array(capacity));
    this.hop = grown(this.hop, new Uint8Array(capacity));
  }
}

function grown<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
