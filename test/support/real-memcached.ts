import { userInfo } from "node:os";
import { type Address, formatAddress } from "../../src/core/address.ts";
import { freePort } from "./free-port.ts";
import { waitUntilListening } from "./listening.ts";
import { findProgram } from "./needs.ts";
import { TestProcess } from "./process.ts";
import type { Teardown } from "./teardown.ts";

export interface MemcachedOptions {
  /** Further arguments, as for the command line of memcached. */
  readonly args?: readonly string[];
  /** A unix socket to listen on in place of a free port of 127.0.0.1. */
  readonly path?: string;
}

const ATTEMPTS = 5;

/**
 * A real memcached process of a test, ended when the test ends.
 *
 *     if (!needs(t, "memcached")) return;
 *     const server = await RealMemcached.start(t, { args: ["-m", "64"] });
 *     await server.kill();
 *     await server.restart();      // same address, nothing stored
 */
export class RealMemcached {
  readonly address: Address;
  readonly #t: Teardown;
  readonly #options: MemcachedOptions;
  #process: TestProcess;

  private constructor(t: Teardown, address: Address, options: MemcachedOptions, process: TestProcess) {
    this.#t = t;
    this.address = address;
    this.#options = options;
    this.#process = process;
  }

  /** Starts one and waits until it accepts connections. */
  static async start(t: Teardown, options: MemcachedOptions = {}): Promise<RealMemcached> {
    let last = "";
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { path } = options;
      const address = path === undefined ? { host: "127.0.0.1", port: await freePort() } : { path };
      const process = launch(t, address, options);
      if (await waitUntilListening(address, () => !process.alive)) {
        return new RealMemcached(t, address, options, process);
      }
      last = process.stderr;
    }
    throw new Error(`memcached did not start: ${last}`);
  }

  /** The process id, for signals such as SIGSTOP. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Ends it at once, as a crash would: connections are reset or closed by the kernel. */
  async kill(): Promise<void> {
    await this.#process.stop("SIGKILL");
  }

  /** Ends it as an operator would. */
  async stop(): Promise<void> {
    await this.#process.stop("SIGTERM");
  }

  /** Stops it in its tracks: it keeps its connections and says nothing more until `thaw`. */
  freeze(): void {
    this.#process.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process.kill("SIGCONT");
  }

  /** Starts it again at the same address, empty; it must have been ended before. */
  async restart(): Promise<void> {
    this.#process = launch(this.#t, this.address, this.#options);
    if (await waitUntilListening(this.address, () => !this.#process.alive)) return;
    throw new Error(
      `memcached did not start again at ${formatAddress(this.address)}: ${this.#process.stderr}`,
    );
  }
}

function launch(t: Teardown, address: Address, { args = [] }: MemcachedOptions): TestProcess {
  const program = findProgram("memcached");
  if (program === undefined) throw new Error("memcached is not installed");
  const where = "path" in address ? ["-s", address.path] : ["-l", address.host, "-p", String(address.port)];
  // As root it refuses to run unless told as whom.
  const user = userInfo().uid === 0 ? ["-u", "root"] : [];
  return new TestProcess(t, program, [...where, "-U", "0", ...user, ...args]);
}
