const keptMessages = 20;

/** What a soak counts. */
export class SoakTally {
  /** Values compared in full with what their key demands, and counters with their count. */
  verified = 0;
  /** Answers of which it was known to the version what they had to be. */
  exact = 0;
  /** Keys asked for and not found. */
  misses = 0;
  /** Keys that had to be found and were not, in gets of many keys, where a failed server is a miss by design. */
  partialMisses = 0;
  /** Requests whose client left before the answer. */
  abandoned = 0;
  connects = 0;
  /** Connections closed by podmate within a value that its server did not finish. */
  cutInValue = 0;
  wrong = 0;
  readonly requests = new Map<string, number>();
  readonly errors = new Map<string, number>();
  /** Errors at times when every server was well. */
  readonly calmErrors = new Map<string, number>();
  readonly events = new Map<string, number>();
  /** The first wrong answers, in words. */
  readonly wrongAnswers: string[] = [];

  /** Notes an answer that no healthy run gives. */
  takeWrong(what: string): void {
    this.wrong++;
    if (this.wrongAnswers.length < keptMessages) this.wrongAnswers.push(what.slice(0, 300));
  }

  /** Counts a `SERVER_ERROR` line by its first word. */
  takeError(line: string, calm: boolean): void {
    count(this.errors, line.split(" ")[1] ?? "");
    if (calm) count(this.calmErrors, line);
  }
}

export function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

export function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, each) => total + each, 0);
}
