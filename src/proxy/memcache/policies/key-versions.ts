/** Keys share this many numbers; where two share one, a write to one only makes the other be looked up again. */
const slots = 4096;

/**
 * Tells whether a key was written since a moment: a lookup takes the key's number when it starts, a write changes it
 * when it is sent and again when it is answered, and what was looked up may be kept if the number is still the same.
 * A fixed table by the keys' hashes: nothing is remembered per key.
 */
export class KeyVersions {
  readonly #numbers = new Uint32Array(slots);

  of(key: string): number {
    return this.#numbers[slot(key)]!;
  }

  bump(key: string): void {
    this.#numbers[slot(key)]! += 1;
  }

  bumpAll(): void {
    for (let i = 0; i < slots; i++) this.#numbers[i]! += 1;
  }
}

function slot(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 16)) & (slots - 1);
}
