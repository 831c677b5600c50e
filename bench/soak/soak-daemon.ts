import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { accepting, endChild, spawnChild, temporaryFolder } from "../support/child-processes.ts";
import { freePort } from "../support/free-port.ts";
import type { SoakOptions } from "./soak-options.ts";

const drainMs = 10_000;
const pollMs = 50;
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
  readonly connections: number;
  readonly servers: readonly ConfiguredServer[];
}

/** Which podmate is soaked. */
type DaemonOptions = Pick<SoakOptions, "workers" | "program">;

/** podmate as operators run it, in a process of its own. */
export class SoakDaemon {
  readonly port: number;
  /** Lines of its log that tell of an error. */
  readonly errorLines: string[] = [];
  readonly #adminPort: number;
  readonly #file: string;
  readonly #workers: number;
  readonly #process: ChildProcess;

  private constructor(ports: readonly [number, number], options: DaemonOptions, config: SoakConfig) {
    [this.port, this.#adminPort] = ports;
    this.#workers = options.workers;
    this.#file = join(temporaryFolder(), "podmate.yaml");
    this.write(config);
    this.#process = spawnChild([process.execPath, options.program, "run", "-c", this.#file], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    createInterface({ input: this.#process.stderr! }).on("line", (line) => this.#takeLogLine(line));
  }

  /** Starts it and waits until it serves. */
  static async start(options: DaemonOptions, config: SoakConfig): Promise<SoakDaemon> {
    const daemon = new SoakDaemon([await freePort(), await freePort()], options, config);
    await accepting(daemon.port, daemon.#process);
    await accepting(daemon.#adminPort, daemon.#process);
    return daemon;
  }

  get pid(): number {
    return this.#process.pid!;
  }

  get alive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  write(config: SoakConfig): void {
    writeFileSync(this.#file, configText(this.port, this.#adminPort, this.#workers, config));
  }

  /** Puts something else in the place of the configuration. */
  writeText(text: string): void {
    writeFileSync(this.#file, text);
  }

  /** Whether what is in the file now has been taken. */
  async reload(): Promise<boolean> {
    const response = await fetch(`http://127.0.0.1:${this.#adminPort}/config/reload`, { method: "POST" });
    await response.text();
    return response.ok;
  }

  async metrics(): Promise<string> {
    return await (await fetch(`http://127.0.0.1:${this.#adminPort}/metrics`)).text();
  }

  /** Waits until every server that is not drained is in service; rejects after `limitMs`. */
  async allReady(limitMs = 60_000): Promise<void> {
    await poll(limitMs, "the servers are not back in service", async () => {
      const response = await fetch(`http://127.0.0.1:${this.#adminPort}/pools/soak`);
      const { servers } = (await response.json()) as { servers: { state: string }[] };
      return servers.every(({ state }) => state === "ready" || state === "draining");
    });
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

function configText(port: number, adminPort: number, workers: number, config: SoakConfig): string {
  const servers = config.servers.map(({ port: at, weight, drain }) => {
    return `      - { address: "127.0.0.1:${at}", name: s${at}, weight: ${weight}, drain: ${drain} }`;
  });
  return `admin: { listen: 127.0.0.1:${adminPort} }
workers: ${workers}
log: { level: warn }
lifecycle: { drain: ${drainMs}ms }
memcache:
  - { name: soak, listen: 127.0.0.1:${port}, pool: soak }
pools:
  soak:
    timeout: 1s
    connections: ${config.connections}
    eject: { failures: 20, window: 10s, backoff: 100ms, max_backoff: 500ms, on_eject: fail_fast }
    servers:
${servers.join("\n")}
`;
}
