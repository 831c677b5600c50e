import type { Cancel, Clock } from "../../core/clock.ts";
import { reasonOf } from "../../core/file-reason.ts";
import { watchFile } from "../../core/file-watch.ts";
import { readRegularFile } from "../../core/regular-file.ts";
import type { ServerOptions } from "../pool-options.ts";
import type { Discovery, DiscoveryState, OnServers } from "./discovery.ts";
import type { Findings } from "./findings.ts";

/**
 * Reads the text of a file of servers. Errors name line and column; rejects where it could not be done at all.
 * @param port of servers that name none
 */
export type ReadServers = (text: string, file: string, port: number) => Promise<ServersReading>;

export type ServersReading =
  | { readonly ok: true; readonly servers: readonly ServerOptions[] }
  | { readonly ok: false; readonly errors: readonly string[] };

/** How often the file is looked at without any sign of a change, in ms: some file systems give none. */
export const pollInterval = 60_000;

/** A larger file is refused, in bytes. */
const largestFile = 2 ** 20;

/** Errors of one file that are told. */
const mostErrors = 5;

export interface FileDiscoveryOptions {
  readonly path: string;
  readonly findings: Findings;
  readonly clock: Clock;
  readonly read: (text: string) => Promise<ServersReading>;
}

/**
 * Servers from a file, read again when it changes: written in place, replaced by an editor, or swapped with its folder as
 * Kubernetes does with a ConfigMap. A file that cannot be read or is wrong anywhere leaves what was known in force.
 */
export class FileDiscovery implements Discovery {
  readonly #options: FileDiscoveryOptions;
  #cancelWatch: Cancel = () => {};
  #cancelPoll: Cancel = () => {};
  /** What was read last, good or bad; null where nothing could be. */
  #text: string | null = null;
  #reading: Promise<void> | null = null;
  #changedMeanwhile = false;
  #closed = false;

  constructor(options: FileDiscoveryOptions) {
    this.#options = options;
  }

  start(onServers: OnServers): void {
    this.#options.findings.open(onServers);
    this.#watch();
    this.#look();
    this.#poll();
  }

  state(): DiscoveryState {
    return this.#options.findings.state();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelWatch();
    this.#cancelPoll();
    this.#options.findings.close();
    await this.#reading;
  }

  /** Where the folder cannot be watched, or not yet, polling remains. */
  #watch(): void {
    const { path, clock } = this.#options;
    this.#cancelWatch();
    this.#cancelWatch = watchFile(
      path,
      clock,
      () => this.#look(),
      () => {},
    );
  }

  #poll(): void {
    this.#cancelPoll = this.#options.clock.after(pollInterval, () => {
      // Anew, for a folder that was replaced is no longer the one that is watched.
      this.#watch();
      this.#look();
      this.#poll();
    });
  }

  /** Reads the file, one reading at a time. */
  #look(): void {
    this.#changedMeanwhile = this.#reading !== null;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
      if (this.#changedMeanwhile && !this.#closed) this.#look();
    });
  }

  async #read(): Promise<void> {
    const { path, findings, read } = this.#options;
    const text = await contents(path).catch((error: unknown) => new Error(reasonOf(error)));
    if (this.#closed) return;
    if (text instanceof Error) {
      this.#text = null;
      findings.fail(`cannot read the file: ${text.message}`);
      return;
    }
    if (text === this.#text) return;
    this.#text = text;
    const reading = await read(text).catch((error: unknown) => {
      // Nothing is known of the text: it is to be tried again.
      this.#text = null;
      return { ok: false as const, errors: [reasonOf(error)] };
    });
    if (this.#closed) return;
    if (reading.ok) {
      findings.recover();
      findings.take(reading.servers);
    } else findings.fail(inShort(reading.errors));
  }
}

async function contents(path: string): Promise<string> {
  const bytes = await readRegularFile(path, largestFile + 1);
  if (bytes.length > largestFile) throw new Error(`it is larger than ${largestFile} bytes`);
  return bytes.toString();
}

function inShort(errors: readonly string[]): string {
  const more = errors.length > mostErrors ? [`and ${errors.length - mostErrors} more`] : [];
  return [...errors.slice(0, mostErrors), ...more].join("; ");
}
