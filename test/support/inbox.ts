import { escapeBytes } from "./escape-bytes.ts";

/** Bytes to send or to expect; a string is latin1, one character per byte. */
export type Bytes = string | Uint8Array;

/** The bytes, a string read as latin1. */
export function toBuffer(bytes: Bytes): Buffer {
  return typeof bytes === "string" ? Buffer.from(bytes, "latin1") : Buffer.from(bytes);
}

/** What a peer has sent and no one has yet asked for, and how the test waits for more of it. */
export class Inbox {
  readonly #owner: string;
  readonly #deadline: number;
  /** What came stands at store[start, end). */
  #store: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #ended: string | null = null;
  #wake: (() => void)[] = [];

  /** `owner` names the peer in failures; `deadline` is the longest that one expectation waits, in ms. */
  constructor(owner: string, deadline: number) {
    this.#owner = owner;
    this.#deadline = deadline;
  }

  /** What came and was not taken. */
  get bytes(): Buffer {
    return this.#store.subarray(this.#start, this.#end);
  }

  /** How the stream ended, or null while it is open. */
  get ended(): string | null {
    return this.#ended;
  }

  push(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#store.length) this.#grow(chunk.length);
    this.#store.set(chunk, this.#end);
    this.#end += chunk.length;
    this.#notify();
  }

  /** Nothing more will come; the first reason given stays. */
  end(reason: string): void {
    this.#ended ??= reason;
    this.#notify();
  }

  /** Takes exactly these bytes; fails at the first byte that differs, at the end of the stream and at the deadline. */
  async expect(expected: Bytes): Promise<void> {
    const wanted = toBuffer(expected);
    let checked = 0;
    await this.#until(
      () => {
        const reach = Math.min(this.bytes.length, wanted.length);
        const same = this.bytes.subarray(checked, reach).equals(wanted.subarray(checked, reach));
        if (!same) throw this.#failure("sent something else", wanted);
        checked = reach;
        return reach === wanted.length;
      },
      () => wanted,
    );
    this.#take(wanted.length);
  }

  /** Takes all up to and with these bytes, whatever stands before them. */
  async waitFor(marker: Bytes): Promise<Buffer> {
    const wanted = toBuffer(marker);
    await this.#until(
      () => this.bytes.includes(wanted),
      () => wanted,
    );
    return this.#take(this.bytes.indexOf(wanted) + wanted.length);
  }

  /** Takes a line and gives it without its `\r\n` or `\n`, as latin1. */
  async readLine(): Promise<string> {
    const line = await this.waitFor("\n");
    return line.toString("latin1").replace(/\r?\n$/, "");
  }

  /** Takes this many bytes. */
  async read(length: number): Promise<Buffer> {
    await this.#until(
      () => this.bytes.length >= length,
      () => Buffer.from(`(${length} bytes)`),
    );
    return this.#take(length);
  }

  /** Waits for the end of the stream; fails if anything comes before it. */
  async expectEnd(): Promise<void> {
    await this.#until(
      () => {
        if (this.bytes.length > 0) throw this.#failure("sent something more", Buffer.from("(end of stream)"));
        return this.#ended !== null;
      },
      () => Buffer.from("(end of stream)"),
    );
  }

  /** Waits for the end of the stream, whatever comes before it. */
  async waitForEnd(): Promise<void> {
    await this.#until(
      () => this.#ended !== null,
      () => Buffer.from("(end of stream)"),
    );
  }

  /** Makes room for so many more bytes; twice what is needed, so that many small pieces cost no more than a few large ones. */
  #grow(size: number): void {
    const { bytes } = this;
    const store = Buffer.allocUnsafe(2 * (bytes.length + size));
    store.set(bytes);
    this.#store = store;
    this.#start = 0;
    this.#end = bytes.length;
  }

  async #until(isMet: () => boolean, wanted: () => Buffer): Promise<void> {
    const due = performance.now() + this.#deadline;
    while (!isMet()) {
      if (this.#ended !== null) throw this.#failure(`ended the stream (${this.#ended})`, wanted());
      const left = due - performance.now();
      if (left <= 0) throw this.#failure(`sent nothing more for ${this.#deadline} ms`, wanted());
      await this.#next(left);
    }
  }

  async #next(longest: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longest);
      this.#wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #notify(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }

  #take(length: number): Buffer {
    const taken = Buffer.from(this.#store.subarray(this.#start, this.#start + length));
    this.#start += length;
    if (this.#start === this.#end) this.#start = this.#end = 0;
    return taken;
  }

  #failure(what: string, wanted: Buffer): Error {
    const at = firstDifference(this.bytes, wanted);
    const lines = [
      `${this.#owner} ${what}`,
      `  expected: ${escapeBytes(wanted)}`,
      `  received: ${escapeBytes(this.bytes)}`,
      `  differ from byte ${at}: expected ${near(wanted, at)}, received ${near(this.bytes, at)}`,
    ];
    return new Error(lines.join("\n"));
  }
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return i;
  return shorter;
}

function near(bytes: Uint8Array, at: number): string {
  return at >= bytes.length ? "nothing" : `"${escapeBytes(bytes.subarray(at, at + 40))}"`;
}
