import { md5, md5Word } from "./hash/md5.ts";
import type { Placement } from "./placement.ts";

/** Points on the circle of 32-bit numbers, each owned by a server; at least one and at most 2^21 of them. */
export class Continuum {
  readonly #values: number[] = [];
  readonly #owners: number[] = [];

  add(value: number, owner: number): void {
    this.#values.push(value);
    this.#owners.push(owner);
  }

  /** Adds `4 * count` points: the four words of the MD5 digest of `name-0`, `name-1` ... (ketama's scheme). */
  addDigests(name: string, count: number, owner: number): void {
    for (let i = 0; i < count; i++) {
      const label = Buffer.from(`${name}-${i}`);
      md5(label, 0, label.length);
      for (let w = 0; w < 4; w++) this.add(md5Word(w), owner);
    }
  }

  /**
   * A key belongs to the first point at or after its hash, and past the last one to the first. Of points with one
   * value, the one added first counts.
   *
   * A table indexed by the upper bits of the hash tells where to begin, so that the search is one or two steps long.
   */
  toPlacement(): Placement {
    const { values, owners } = this.#sorted();
    const bits = Math.min(20, Math.ceil(Math.log2(values.length)) + 1);
    const shift = 32 - bits;
    const first = firstPoints(values, bits);
    const find = (hash: number): number => {
      let i = first[hash >>> shift]!;
      const unsigned = hash >>> 0;
      while (values[i]! < unsigned) i++;
      return i;
    };
    return {
      place: (hash) => owners[find(hash)]!,
      point: (hash) => values[find(hash) % (values.length - 1)]!,
      circle: {
        size: 2 ** 32,
        position: (hash) => hash >>> 0,
        *stretches() {
          // The sentinel's value is the last position of all.
          for (let i = 0; i < values.length; i++) yield { end: values[i]! + 1, owner: owners[i]! };
        },
      },
    };
  }

  /** Values ascending, closed by a sentinel that no hash exceeds and that the owner of the first point has. */
  #sorted(): { values: Uint32Array; owners: Uint32Array } {
    const count = this.#values.length;
    // The order of adding in the low bits keeps the sort stable and lets it run on plain numbers.
    const radix = 2 ** 21;
    const order = Float64Array.from(this.#values, (value, i) => value * radix + i).sort();
    const values = new Uint32Array(count + 1);
    const owners = new Uint32Array(count + 1);
    for (let i = 0; i < count; i++) {
      values[i] = order[i]! / radix;
      owners[i] = this.#owners[order[i]! % radix]!;
    }
    values[count] = 0xffffffff;
    owners[count] = owners[0]!;
    return { values, owners };
  }
}

/** For each value of the upper `bits` of a hash, the first point that such a hash can belong to. */
function firstPoints(values: Uint32Array, bits: number): Uint32Array {
  const first = new Uint32Array(2 ** bits);
  let point = 0;
  for (let i = 0; i < first.length; i++) {
    const lowest = i * 2 ** (32 - bits);
    while (values[point]! < lowest) point++;
    first[i] = point;
  }
  return first;
}
