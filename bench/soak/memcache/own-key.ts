/** Stands for "not stored" among the versions that may be found. */
export const missing = -1;

/** Faults that must be over before a request that failed is certain to have no further effect. */
const epochsOfDoubt = 4;

/**
 * What one client, the only one that writes this key, may find under it. Strict only within one even epoch: across
 * faults and reloads a key may be lost, or be found as an earlier owner holds it.
 */
export class OwnKey {
  readonly key: string;
  /** The version (of a counter: the number) that the next write stores. */
  next = 0;
  #possible: number[] = [];
  /** Epoch in which the last certain write was sent. */
  #epoch = -1;
  #doubtUntil = 0;

  constructor(key: string) {
    this.key = key;
  }

  /** A write or delete that was sent in `epoch` has been confirmed. */
  certain(found: number, epoch: number): void {
    this.#possible = [found];
    this.#epoch = epoch;
  }

  /** A write that has no answer by design. */
  unanswered(found: number): void {
    this.#possible.push(found);
  }

  /** A write without a good answer: it may still take effect. */
  doubtful(found: number, epoch: number): void {
    this.#possible.push(found);
    this.#doubtUntil = epoch + epochsOfDoubt;
  }

  /** The one thing that may be found now, or null where that is not certain. */
  knownVersion(epoch: number): number | null {
    return this.#isStrict(epoch) && this.#possible.length === 1 ? this.#possible[0]! : null;
  }

  allows(found: number, epoch: number): boolean {
    return !this.#isStrict(epoch) || this.#possible.includes(found);
  }

  toString(): string {
    return `${this.key} with ${this.#possible.map((found) => (found === missing ? "nothing" : found)).join(" or ")}`;
  }

  #isStrict(epoch: number): boolean {
    return epoch % 2 === 0 && this.#epoch === epoch && epoch >= this.#doubtUntil;
  }
}
