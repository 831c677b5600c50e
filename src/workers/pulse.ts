/**
 * The sign of life of a thread: a number in shared memory that the thread counts up each time its event loop comes round,
 * and that the main thread looks at. It costs neither of them a message, and does not need the thread to answer.
 */
export class Pulse {
  /** Given to the thread; see `beat`. */
  readonly memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  readonly #beats = new Int32Array(this.memory);
  #seen = 0;
  #silence = 0;

  /**
   * Looks at the thread: `passed` ms in which it could have come round are added to its silence, unless it has. Before its
   * first sign of life it is loading, and not silent. Returns the silence in ms.
   */
  look(passed: number): number {
    const beats = Atomics.load(this.#beats, 0);
    this.#silence = beats === this.#seen ? this.#silence + (beats === 0 ? 0 : passed) : 0;
    this.#seen = beats;
    return this.#silence;
  }

  /** The silence so far means nothing. */
  forgive(): void {
    this.#silence = 0;
  }

  /** How long it had not come round at the last look, in ms. */
  get silence(): number {
    return this.#silence;
  }

  /** Whether it has come round since the last look. */
  get hasMoved(): boolean {
    return Atomics.load(this.#beats, 0) !== this.#seen;
  }
}

/** Returns what a thread calls each time that its event loop comes round; `memory` is that of its `Pulse`. */
export function beat(memory: SharedArrayBuffer): () => void {
  const beats = new Int32Array(memory);
  return () => void Atomics.add(beats, 0, 1);
}
