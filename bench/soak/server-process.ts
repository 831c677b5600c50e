import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { endChild } from "../support/child-processes.ts";

/** A server that can be killed, frozen and started again at its port. It lives as long as this process. */
export class ServerProcess {
  readonly port: number;
  readonly #launch: () => Promise<ChildProcess>;
  #process: ChildProcess | null = null;

  /** `launch` starts it at `port` and waits until it accepts connections. */
  constructor(port: number, launch: () => Promise<ChildProcess>) {
    this.port = port;
    this.#launch = launch;
  }

  async start(): Promise<void> {
    this.#process = await this.#launch();
  }

  /** Ends it at once; what it stored is lost. */
  async kill(): Promise<void> {
    const gone = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await gone;
  }

  /** Ends it as an operator would. */
  stop(): Promise<void> {
    return endChild(this.process);
  }

  /** Halts it: its connections stay open and nothing is answered. Resolves when it stands still. */
  async freeze(): Promise<void> {
    this.process.kill("SIGSTOP");
    while (!/\) T /.test(readFileSync(`/proc/${this.process.pid}/stat`, "latin1"))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  thaw(): void {
    this.process.kill("SIGCONT");
  }

  protected get process(): ChildProcess {
    if (this.#process === null) throw new Error(`the server at port ${this.port} has not been started`);
    return this.#process;
  }
}
