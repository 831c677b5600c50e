/** Room kept between two lines, in bytes. */
const KEPT = 2048;

/** A line that comes in pieces. Appending copies, and costs the length of the piece only, however many there are. */
export class LineBuffer {
  #room = Buffer.alloc(0);
  #length = 0;

  /** What has come so far; valid until the next call of `append` or `clear`. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  append(piece: Buffer): void {
    const needed = this.#length + piece.length;
    if (needed > this.#room.length) {
      const wider = Buffer.allocUnsafeSlow(Math.max(needed, this.#room.length * 2, 64));
      this.#room.copy(wider, 0, 0, this.#length);
      this.#room = wider;
    }
    piece.copy(this.#room, this.#length);
    this.#length = needed;
  }

  clear(): void {
    this.#length = 0;
    if (this.#room.length > KEPT) this.#room = Buffer.alloc(0);
  }
}
