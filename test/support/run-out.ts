import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync } from "node:fs";

/**
 * Until `end`, this process cannot open another file or socket (EMFILE): its limit is lowered to what it has open, and what
 * is free below is filled. A process that has been started before sees to the limit.
 */
export class RunOut {
  readonly #helper: ChildProcess;
  readonly #filled: number[] = [];

  private constructor(helper: ChildProcess) {
    this.#helper = helper;
  }

  static async ofFiles(): Promise<RunOut> {
    const prlimit = `prlimit --pid ${process.pid} --nofile`;
    const script = `old=$(${prlimit} --output=SOFT --noheadings | tr -d ' ')
      read most && ${prlimit}=$most: && echo low; read end; ${prlimit}=$old:`;
    const helper = spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    const runOut = new RunOut(helper);
    const most = Math.max(...readdirSync("/proc/self/fd").map(Number));
    helper.stdin!.write(`${most + 1}\n`);
    await once(helper.stdout!, "data");
    runOut.#fill();
    return runOut;
  }

  async end(): Promise<void> {
    for (const file of this.#filled) closeSync(file);
    const ended = once(this.#helper, "exit");
    this.#helper.stdin!.end("end\n");
    await ended;
  }

  #fill(): void {
    try {
      for (;;) this.#filled.push(openSync("/dev/null", "r"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EMFILE") throw error;
    }
  }
}
