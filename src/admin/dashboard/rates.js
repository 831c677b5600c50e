/**
 * Turns counters into rates: how much they have grown since the last round, per second. A name stands for one counter
 * for good; one that was not seen for a round is forgotten.
 */
export class Rates {
  /** @type {Map<string, number>} */
  #before = new Map();
  /** @type {Map<string, number>} */
  #now = new Map();
  /** In s. */
  #passed = 0;
  #at = Number.NaN;

  /**
   * Begins a round.
   * @param {number} at monotonic, in ms
   */
  begin(at) {
    this.#before = this.#now;
    this.#now = new Map();
    this.#passed = (at - this.#at) / 1000;
    this.#at = at;
  }

  /** Forgets all, after a gap that no rate should be told of. */
  forget() {
    this.#now = new Map();
    this.#at = Number.NaN;
  }

  /**
   * @param {string} name
   * @param {number} value
   * @returns {number | null} null where it is seen for the first time, or has started again from 0
   */
  of(name, value) {
    this.#now.set(name, value);
    const before = this.#before.get(name);
    if (before === undefined || value < before || !(this.#passed > 0)) return null;
    return (value - before) / this.#passed;
  }
}
