import type { SecureContext, SecureContextOptions } from "node:tls";
import type { Cancel, Clock } from "../core/clock.ts";
import { errorReason } from "../core/error-reason.ts";
import { watchFolders } from "../core/folder-watch.ts";
import { loadCrypto, loadFs, loadTls } from "../core/lazy-builtins.ts";
import type { Log } from "../core/log.ts";

/** Paths of PEM files; the options of both sides fit. */
export interface TlsFilePaths {
  readonly cert?: string;
  readonly key?: string;
  /** CA of the servers' certificates. */
  readonly ca?: string;
  /** CA of the clients' certificates. */
  readonly client_ca?: string;
}

export interface TlsFilesOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Trust what the system trusts where no CA is given: for the side that verifies servers. */
  readonly systemRoots: boolean;
  /** Called when new files have come into force. */
  readonly onChange?: () => void;
}

/** How often the files are read without any sign of a change, in ms: some file systems give none. */
export const pollInterval = 60_000;

type Part = keyof TlsFilePaths;
type Contents = Partial<Record<Part, string>>;

/**
 * A TLS identity and its trust, kept as the files have it. When they change, the next connection gets the new ones;
 * connections that are open keep theirs. Files that are of no use together leave the old ones in force.
 */
export class TlsFiles {
  readonly #paths: TlsFilePaths;
  readonly #options: TlsFilesOptions;
  #context: SecureContext;
  #digest: string;
  /** What was last refused, so that it is said once. */
  #refused = "";
  #cancelPoll: Cancel = () => {};
  #cancelWatch: Cancel = () => {};
  #closed = false;

  /** Reads the files at once. Throws, in words, where they cannot be used; then there is nothing to close. */
  constructor(paths: TlsFilePaths, options: TlsFilesOptions) {
    this.#paths = paths;
    this.#options = options;
    const contents: Contents = {};
    for (const [part, path] of entries(paths))
      contents[part] = explain(path, () => loadFs().readFileSync(path, "utf8"));
    this.#context = this.#build(contents);
    this.#digest = digest(contents);
    if (entries(paths).length > 0) this.#follow();
  }

  /** For the next connection. */
  current(): SecureContext {
    return this.#context;
  }

  /** Reads the files now and takes them if they are others and of use; says in the log if they are not. */
  async reload(): Promise<void> {
    const read = this.#read();
    const outcome = await read.catch((error: unknown) => errorReason(error));
    if (this.#closed) return;
    if (typeof outcome === "string") this.#refuse(outcome);
    else this.#take(outcome);
  }

  close(): void {
    this.#closed = true;
    this.#cancelPoll();
    this.#cancelWatch();
  }

  async #read(): Promise<Contents> {
    const { readFile } = loadFs().promises;
    const contents: Contents = {};
    for (const [part, path] of entries(this.#paths))
      contents[part] = await readFile(path, "utf8").catch((error: unknown) => refuseFile(path, error));
    return contents;
  }

  #take(contents: Contents): void {
    const read = digest(contents);
    // Unchanged, or back to what is in force.
    if (read === this.#digest) {
      this.#refused = "";
      return;
    }
    try {
      this.#context = this.#build(contents);
    } catch (error) {
      this.#refuse(errorReason(error));
      return;
    }
    this.#digest = read;
    this.#refused = "";
    this.#options.log("info", { ...this.#paths }, "new TLS files are in force");
    this.#options.onChange?.();
  }

  #refuse(reason: string): void {
    if (reason === this.#refused) return;
    this.#refused = reason;
    this.#options.log(
      "error",
      { ...this.#paths, reason },
      "new TLS files are of no use; the old stay in force",
    );
  }

  #build(contents: Contents): SecureContext {
    const ca = contents.ca ?? contents.client_ca;
    for (const [part, path] of entries(this.#paths))
      if (!contents[part]?.trim()) throw new Error(`${path} is empty`);
    // createSecureContext takes a CA file without any certificate for no CA.
    if (ca !== undefined) {
      const { X509Certificate } = loadCrypto();
      explain(this.#paths.ca ?? this.#paths.client_ca ?? "", () => new X509Certificate(ca));
    }
    const options: SecureContextOptions = {};
    if (contents.cert !== undefined) options.cert = contents.cert;
    if (contents.key !== undefined) options.key = contents.key;
    if (ca !== undefined) options.ca = ca;
    else if (this.#options.systemRoots) options.ca = systemRoots();
    return loadTls().createSecureContext(options);
  }

  /** Where a folder cannot be watched, polling remains. */
  #follow(): void {
    const { clock, log } = this.#options;
    this.#cancelWatch = watchFolders(
      entries(this.#paths).map(([, path]) => path),
      clock,
      () => void this.reload(),
      (error, folder) =>
        log(
          "warn",
          { folder, reason: errorReason(error) },
          "cannot watch for new TLS files; looking now and then",
        ),
    );
    this.#poll();
  }

  #poll(): void {
    this.#cancelPoll = this.#options.clock.after(pollInterval, () => {
      void this.reload();
      this.#poll();
    });
  }
}

function entries(paths: TlsFilePaths): [Part, string][] {
  const parts: readonly Part[] = ["cert", "key", "ca", "client_ca"];
  return parts.flatMap((part) => {
    const path = paths[part];
    return path === undefined ? [] : [[part, path] as [Part, string]];
  });
}

/** Tells contents apart without keeping a private key in a string. */
function digest(contents: Contents): string {
  return loadCrypto().createHash("sha256").update(JSON.stringify(contents)).digest("base64");
}

function explain<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    return refuseFile(path, error);
  }
}

function refuseFile(path: string, error: unknown): never {
  throw new Error(`${path}: ${errorReason(error)}`, { cause: error });
}

let roots: readonly string[] | undefined;

/** Node's own roots and the machine's, for images often lack the latter. Reading them takes a moment, so once. */
function systemRoots(): string[] {
  const { getCACertificates } = loadTls();
  roots ??= [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
  return [...roots];
}
