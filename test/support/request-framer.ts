/** The storage commands of the classic protocol, whose value length is the fifth word; `ms` has it as the third. */
const STORAGE = new Set(["set", "add", "replace", "append", "prepend", "cas"]);

/** Cuts what a client sends into requests, each a line with the value that belongs to it; latin1. */
export class RequestFramer {
  #pending = "";

  /** The requests that these bytes complete. */
  push(chunk: Buffer): string[] {
    this.#pending += chunk.toString("latin1");
    const requests: string[] = [];
    for (let end = this.#firstEnd(); end > 0; end = this.#firstEnd()) {
      requests.push(this.#pending.slice(0, end));
      this.#pending = this.#pending.slice(end);
    }
    return requests;
  }

  /** Where the first request ends, or 0 while it is not complete. */
  #firstEnd(): number {
    const line = this.#pending.indexOf("\n") + 1;
    if (line === 0) return 0;
    const words = this.#pending.slice(0, line).trim().split(/ +/);
    const end = line + valueLength(words);
    return end <= this.#pending.length ? end : 0;
  }
}

function valueLength(words: readonly string[]): number {
  const [name = ""] = words;
  const length = STORAGE.has(name) ? words[4] : name === "ms" ? words[2] : undefined;
  return length !== undefined && /^\d+$/.test(length) ? Number(length) + 2 : 0;
}
