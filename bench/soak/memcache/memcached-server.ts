import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { serverOptions } from "../memcache/servers.ts";
import { accepting, endChild, spawnChild } from "../support/child-processes.ts";
import { freePort } from "../support/free-port.ts";

/** A real memcached that can be killed, frozen and started again at its port. It lives as long as this process. */
export class MemcachedServer {
  readonly port: number;
  #process: ChildProcess;

  private constructor(port: number, process: ChildProcess) {
    this.port = port;
    this.#process = process;
  }

  static async start(): Promise<MemcachedServer> {
    const port = await freePort();
    return new MemcachedServer(port, await launch(port));
  }

  /** Ends it at once; what it stored is lost. */
  async kill(): Promise<void> {
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await gone;
  }

  /** Ends it as an operator would. */
  stop(): Promise<void> {
    return endChild(this.#process);
  }

  /** Starts it again, empty. */
  async start(): Promise<void> {
    this.#process = await launch(this.port);
  }

  /** Halts it: its connections stay open and nothing is answered. Resolves when it stands still. */
  async freeze(): Promise<void> {
    this.#process.kill("SIGSTOP");
    while (!/\) T /.test(readFileSync(`/proc/${this.#process.pid}/stat`, "latin1"))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  thaw(): void {
    this.#process.kill("SIGCONT");
  }
}

async function launch(port: number): Promise<ChildProcess> {
  const process = spawnChild(["memcached", ...serverOptions(port)]);
  await accepting(port, process);
  return process;
}
