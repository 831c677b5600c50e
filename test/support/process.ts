import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { patience } from "./patience.ts";
import type { Teardown } from "./teardown.ts";

export interface ProcessOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** All that it reads from stdin; without it, stdin stays open and empty. */
  readonly input?: string | Buffer;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<ChildProcess>();
// A test that dies without teardown must not leave its programs behind.
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A program that a test runs; it is ended by its id when the test ends. Its output is kept whole. */
export class TestProcess {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #ended: Promise<Exit>;
  readonly #exit: Promise<Exit>;
  #stdout = "";
  #stderr = "";

  constructor(t: Teardown, command: string, args: readonly string[] = [], options: ProcessOptions = {}) {
    this.#name = [command, ...args].join(" ");
    this.#child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    running.add(this.#child);
    if (options.input !== undefined) this.#child.stdin?.on("error", () => {}).end(options.input);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    this.#exit = new Promise((resolve) => {
      this.#child.once("error", (error) => {
        running.delete(this.#child);
        this.#stderr += error.message;
        resolve({ code: null, signal: null });
      });
      this.#child.once("close", (code, signal) => {
        running.delete(this.#child);
        resolve({ code, signal });
      });
    });
    t.teardown(() => this.stop("SIGKILL"));
  }

  /** The process id; undefined if it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Whether it still runs. */
  get alive(): boolean {
    return running.has(this.#child);
  }

  /** Resolves when it has ended, though its output may not have been read. */
  get ended(): Promise<Exit> {
    return this.#ended;
  }

  /** Resolves when it has ended and its output is complete. */
  get exit(): Promise<Exit> {
    return this.#exit;
  }

  /** Writes to its stdin, which stays open. */
  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Reads no more of its output, as a reader that has fallen behind, until told to. */
  setReading(wanted: boolean): void {
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (wanted) stream?.resume();
      else stream?.pause();
    }
  }

  /** Closes its output at this end, as a reader that goes. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  kill(signal: NodeJS.Signals = "SIGTERM"): void {
    this.#child.kill(signal);
  }

  /** Sends the signal and waits for the end. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Exit> {
    this.kill(signal);
    return await this.#exit;
  }

  /** Waits until its output matches; fails with that output if it ends first or `deadline` ms pass. */
  async waitForOutput(pattern: RegExp, deadline = patience): Promise<RegExpExecArray> {
    const late = AbortSignal.timeout(deadline);
    for (;;) {
      const match = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
      if (match !== null) return match;
      if (!this.alive) throw this.#failure(`ended before it printed ${pattern}`);
      if (late.aborted) throw this.#failure(`did not print ${pattern} within ${deadline} ms`);
      await this.#moreOutput(late);
    }
  }

  async #moreOutput(late: AbortSignal): Promise<void> {
    const settled = new AbortController();
    const signal = AbortSignal.any([late, settled.signal]);
    const { stdout, stderr } = this.#child;
    const news = [stdout && once(stdout, "data", { signal }), stderr && once(stderr, "data", { signal })];
    await Promise.race([...news.map((event) => event?.catch(() => {})), this.#exit]);
    settled.abort();
  }

  #failure(what: string): Error {
    return new Error(`${this.#name} ${what}\nstdout: ${this.#stdout}\nstderr: ${this.#stderr}`);
  }
}
