/** Cuts a stream of bytes into its lines, each a JSON value. */
export class JsonLines {
  readonly #longest: number;
  #parts: Buffer[] = [];
  #length = 0;

  /** @param longest line that is taken, in bytes */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The values that are complete now. Throws where a line is too long or no JSON. */
  push(chunk: Buffer): unknown[] {
    const values: unknown[] = [];
    let start = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", start)) {
      this.#keep(chunk.subarray(start, end));
      const line = Buffer.concat(this.#parts).toString();
      this.#parts = [];
      this.#length = 0;
      if (line.trim() !== "") values.push(JSON.parse(line));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(Buffer.from(chunk.subarray(start)));
    return values;
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > this.#longest) throw new Error(`a line of more than ${this.#longest} bytes`);
    this.#parts.push(part);
  }
}
