import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { accepting, endChild, spawnChild, temporaryFolder } from "../support/child-processes.ts";
import { freePort } from "../support/free-port.ts";
import { within } from "./patience.ts";
import type { SoakOptions } from "./soak-options.ts";

const drainMs = 10_000;
const pollMs = 50;
const longestStart = 15_000;
/** What the log says of a bad configuration, of which a soak offers some. */
const refusal = "configuration not reloaded";

/** How a server stands in the configuration. */
export interface ConfiguredServer {
  readonly port: number;
  readonly weight: number;
  readonly drain: boolean;
}

/** What a reload changes. */
export interface SoakConfig {
  /** Whether the pool has its other settings, so that all its connections are made anew. */
  readonly other: boolean;
  /** Servers of the pool `soak`. */
  readonly servers: readonly ConfiguredServer[];
}

export interface DaemonParts {
  /** Which podmate is soaked. */
  readonly options: Pick<SoakOptions, "workers" | "program">;
  /** Its listeners and pools. */
  readonly configText: (port: number, config: SoakConfig) => string;
  /** Names of the pools. */
  readonly pools: readonly string[];
  /** The first configuration. */
  readonly config: SoakConfig;
}

/** podmate as operators run it, in a process of its own. */
export class SoakDaemon {
  readonly port: number;
  /** Lines of its log that tell of an error. */
  readonly errorLines: string[] = [];
  readonly #adminPort: number;
  readonly #file: string;
  readonly #parts: DaemonParts;
  readonly #process: ChildProcess;

  private constructor(ports: readonly [number, number], parts: DaemonParts) {
    [this.port, this.#adminPort] = ports;
    this.#parts = parts;
    this.#file = join(temporaryFolder(), "podmate.yaml");
    this.write(parts.config);
    this.#process = spawnChild([process.execPath, parts.options.program, "run", "-c", this.#file], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    createInterface({ input: this.#process.stderr! }).on("line", (line) => this.#takeLogLine(line));
  }

  /** Starts it and waits until it serves. */
  static async start(parts: DaemonParts): Promise<SoakDaemon> {
    const daemon = new SoakDaemon([await freePort(), await freePort()], parts);
    await accepting(daemon.#adminPort, daemon.#process);
    // One worker may accept connections while another one has no listener yet, and nothing is in force.
    await poll(longestStart, "podmate does not get ready", () => daemon.#ready());
    return daemon;
  }

  get pid(): number {
    return this.#process.pid!;
  }

  get alive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  write(config: SoakConfig): void {
    const { options, configText } = this.#parts;
    this.writeText(`admin: { listen: 127.0.0.1:${this.#adminPort} }
workers: ${options.workers}
log: { level: warn }
lifecycle: { drain: ${drainMs}ms }
${configText(this.port, config)}`);
  }

  /** Puts something else in the place of the configuration. */
  writeText(text: string): void {
    writeFileSync(this.#file, text);
  }

  /** Whether what is in the file now has been taken. */
  async reload(): Promise<boolean> {
    return (await this.#ask("/config/reload", "POST")).ok;
  }

  async #ready(): Promise<boolean> {
    return (await this.#ask("/ready")).ok;
  }

  async metrics(): Promise<string> {
    return (await this.#ask("/metrics")).text;
  }

  /** Waits until every server that is not drained is in service; rejects after `limitMs`. */
  async allReady(limitMs = 60_000): Promise<void> {
    await poll(limitMs, "the servers are not back in service", async () => {
      const states = await Promise.all(this.#parts.pools.map((pool) => this.#states(pool)));
      return states.flat().every((state) => state === "ready" || state === "draining");
    });
  }

  async #states(pool: string): Promise<string[]> {
    const { text } = await this.#ask(`/pools/${pool}`);
    const { servers } = JSON.parse(text) as { servers: { state: string }[] };
    return servers.map(({ state }) => state);
  }

  /** Asks the management interface. */
  #ask(path: string, method = "GET"): Promise<{ readonly ok: boolean; readonly text: string }> {
    const ask = async () => {
      const response = await fetch(`http://127.0.0.1:${this.#adminPort}${path}`, { method });
      return { ok: response.ok, text: await response.text() };
    };
    return within(`answer of podmate to ${method} ${path}`, ask());
  }

  /** Ends it by SIGTERM; resolves to its exit code, null if it had to be killed. */
  async stop(): Promise<number | null> {
    await endChild(this.#process, 3 * drainMs);
    return this.#process.exitCode;
  }

  /** Keeps what tells of an error, and what is no line of the log. */
  #takeLogLine(line: string): void {
    if (/"level":"(warn|info|debug)"/.test(line) || line.includes(refusal)) return;
    this.errorLines.push(line);
  }
}

/** Asks again and again until the answer is yes; rejects with `problem` after `limitMs`. */
export async function poll(limitMs: number, problem: string, ask: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await ask())) {
    if (performance.now() > end) throw new Error(problem);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** The entries of a pool's `servers`, each with a name of its own. */
export function serverEntries({ servers }: SoakConfig): string {
  const entries = servers.map(({ port, weight, drain }) => {
    return `      - { address: "127.0.0.1:${port}", name: s${port}, weight: ${weight}, drain: ${drain} }\n`;
  });
  return entries.join("");
}
