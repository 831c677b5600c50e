const keptMessages = 20;

/** What every soak counts. */
export class SoakTally {
  /** Requests whose client left before the answer. */
  abandoned = 0;
  connects = 0;
  wrong = 0;
  readonly requests = new Map<string, number>();
  readonly errors = new Map<string, number>();
  /** Errors at times when every server was well. */
  readonly calmErrors = new Map<string, number>();
  readonly events = new Map<string, number>();
  /** The first wrong answers, in words. */
  readonly wrongAnswers: string[] = [];
  readonly #begin = performance.now();

  /** Notes an answer that no healthy run gives. */
  takeWrong(what: string): void {
    this.wrong++;
    if (this.wrongAnswers.length === keptMessages) return;
    const seconds = (performance.now() - this.#begin) / 1000;
    this.wrongAnswers.push(`after ${seconds.toFixed(3)} s: ${what.slice(0, 300)}`);
  }

  /** Counts an error by its kind; `calm`: every server was well, and `words` are kept. */
  takeError(kind: string, calm: boolean, words = kind): void {
    count(this.errors, kind);
    if (calm) count(this.calmErrors, words);
  }
}

export function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

export function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, each) => total + each, 0);
}
