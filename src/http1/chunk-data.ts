import { byte, hexValue } from "./byte-tables.ts";

/** What takes bytes. */
interface Sink {
  append(bytes: Uint8Array, start: number, end: number): void;
}

/**
 * Takes the framing off a chunked body that `ChunkedBody` has passed: for a client of HTTP/1.0, which knows no chunks.
 */
export class ChunkData {
  /** Bytes of the chunk still to come. */
  #left = 0;
  /** Within a line, and still in its digits. */
  #inLine = true;
  #inSize = true;
  /** Bytes of the line end after a chunk's data still to come. */
  #lineEnd = 0;

  reset(): void {
    this.#left = 0;
    this.#inLine = true;
    this.#inSize = true;
    this.#lineEnd = 0;
  }

  /** Gives the data in bytes[start, end), which follow those of the last call, to `sink`. */
  extract(bytes: Uint8Array, start: number, end: number, sink: Sink): void {
    let i = start;
    while (i < end) {
      if (this.#lineEnd > 0) {
        this.#lineEnd--;
        i++;
      } else if (this.#inLine) {
        this.#readLine(bytes[i++]!);
      } else {
        const stop = Math.min(end, i + this.#left);
        sink.append(bytes, i, stop);
        this.#left -= stop - i;
        i = stop;
        if (this.#left > 0) continue;
        this.#lineEnd = 2;
        this.#inLine = this.#inSize = true;
      }
    }
  }

  #readLine(value: number): void {
    const digit = hexValue[value]!;
    if (value === byte.lf) this.#inLine = this.#left === 0;
    else if (this.#inSize && digit !== 255) this.#left = 16 * this.#left + digit;
    else this.#inSize = false;
  }
}
