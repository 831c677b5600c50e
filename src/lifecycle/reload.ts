import {
  type ConfigAuthor,
  type ConfigDocument,
  ConfigHistory,
  type ConfigVersion,
} from "./config-history.ts";

/** How a change of the configuration ended, as it is logged and shown at `/config`. */
export interface ReloadResult extends ConfigAuthor {
  readonly ok: boolean;
  /** What asked for it: `SIGHUP`, `the file has changed`, `PUT /config`… */
  readonly trigger: string;
  /** Unix time in ms. */
  readonly at: number;
  /** Version in force afterwards; `source` and `origin` are those of it. */
  readonly version: number;
  /** What is different now, a line each; empty where nothing is, or where it failed. */
  readonly changes: readonly string[];
  /** Settings of the configuration that take effect only at the next start. */
  readonly needs_restart: readonly string[];
  /** What of the new configuration is left out; what became of a change made over HTTP, where file and HTTP disagree. */
  readonly notes: readonly string[];
  /** Why it was refused, a line each; empty if it was not. */
  readonly errors: readonly string[];
  /**
   * null if it was not refused. `stale`: another version is in force than the caller thought; `unknown`: there is no
   * such version to go back to. Neither has been tried, so neither is reported.
   */
  readonly failure: "refused" | "stale" | "unknown" | null;
}

/** A difference between two configurations. */
export interface ConfigDifference {
  readonly path: string;
  /** For people. */
  readonly text: string;
  /** It takes effect only when the daemon is restarted. */
  readonly restart: boolean;
}

/** A configuration as it was read, or why it cannot be used. `document` is undefined where it could not be read. */
export type Reading<Config> =
  | {
      readonly config: Config;
      readonly document: ConfigDocument;
      /** What of it is left out, a line each. */
      readonly notes: readonly string[];
    }
  | { readonly errors: readonly string[]; readonly document: ConfigDocument | undefined };

/** What a reload works on. `Config` is whatever the daemon runs on. */
export interface ReloadParts<Config> {
  /**
   * Reads and checks, giving the configuration the version it will have: `document`, or the file where that is null.
   * `name` stands for the document in messages.
   */
  check(version: number, document: ConfigDocument | null, name: string): Promise<Reading<Config>>;
  /** What changes from one to the other. */
  diff(before: Config, after: Config): Promise<readonly ConfigDifference[]>;
  /** All or nothing: rejects with the reason if the configuration cannot be applied. */
  apply(config: Config): Promise<void>;
  report(result: ReloadResult): void;
  /** Unix time in ms. */
  now(): number;
}

/** The configuration to begin with. */
export interface FirstConfig<Config> {
  readonly config: Config;
  readonly version: number;
  readonly document: ConfigDocument;
  /** The file's name. */
  readonly origin: string;
}

export interface ChangeOptions {
  /** Ends before anything is applied or remembered; the result says what would change. */
  readonly dryRun?: boolean;
  /** Whether the caller knows the version that is in force; if not, the change is `stale`. */
  readonly expects?: (version: number) => boolean;
}

/** What a change comes to. */
type Outcome = Pick<ReloadResult, "changes" | "needs_restart" | "notes" | "errors" | "failure">;

const untouched: Outcome = { changes: [], needs_restart: [], notes: [], errors: [], failure: null };

/**
 * Keeps the configuration in force and replaces it: check → diff → apply → report. Whatever fails leaves the old
 * one in force. Changes that are asked for while one runs wait for it.
 *
 * There are two sources. A change over HTTP rules until the file changes: a reload that finds the file as it was when
 * it was last applied leaves the change alone, one that finds it changed replaces the change, and says so.
 */
export class Reloader<Config> {
  readonly #parts: ReloadParts<Config>;
  readonly #started: Config;
  readonly #file: ConfigAuthor;
  readonly #history: ConfigHistory;
  /** What the file said when it was last applied. */
  #fileText: string;
  #config: Config;
  #last: ReloadResult | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(parts: ReloadParts<Config>, { config, version, document, origin }: FirstConfig<Config>) {
    this.#parts = parts;
    this.#started = config;
    this.#config = config;
    this.#file = { source: "file", origin };
    this.#fileText = document.text;
    const first = { version, at: parts.now(), trigger: "the start", changes: [], document };
    this.#history = new ConfigHistory({ ...this.#file, ...first });
  }

  get config(): Config {
    return this.#config;
  }

  get version(): number {
    return this.#history.current.version;
  }

  /** The version in force. */
  get current(): ConfigVersion {
    return this.#history.current;
  }

  /** The last versions, oldest first; the last is in force. */
  get versions(): readonly ConfigVersion[] {
    return this.#history.versions;
  }

  /** null until the first reload. */
  get last(): ReloadResult | null {
    return this.#last;
  }

  /** Changes that have been asked for and have not ended. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Settings of the configuration in force that take effect only at the next start. */
  needsRestart(): Promise<readonly string[]> {
    return this.#needsRestart(this.#config);
  }

  /** Takes the first configuration into force, or rejects; reloads that are asked for meanwhile wait for it. */
  start(): Promise<void> {
    const started = this.#parts.apply(this.#config);
    this.#turn = started.catch(() => {});
    return started;
  }

  /**
   * Reads the file again; if it says what it said before, a change over HTTP stays, and only what that refers to is
   * read anew, unless `force`. As all changes it never rejects: a failure is a result.
   */
  reload(trigger: string, options: ChangeOptions & { readonly force?: boolean } = {}): Promise<ReloadResult> {
    return this.#inTurn(trigger, options, () => this.#readAgain(trigger, options));
  }

  /** Takes what came over HTTP into force. */
  put(document: ConfigDocument, trigger: string, options: ChangeOptions = {}): Promise<ReloadResult> {
    return this.#inTurn(trigger, options, async () => {
      const reading = await this.#parts.check(this.version + 1, document, "body");
      return this.#replace(reading, { source: "http", origin: trigger }, trigger, options);
    });
  }

  /** Takes an earlier version into force again, as a new one; without a number, the one before. */
  rollback(trigger: string, version?: number, options: ChangeOptions = {}): Promise<ReloadResult> {
    return this.#inTurn(trigger, options, async () => {
      const target = version === undefined ? this.#history.previous : this.#history.find(version);
      if (target === undefined) {
        const wanted =
          version === undefined ? "there is no version before" : `version ${version} is not kept`;
        return { ...untouched, failure: "unknown", errors: [wanted] };
      }
      const { document } = target;
      const reading = await this.#parts.check(this.version + 1, document, `version ${target.version}`);
      const isFile = target.source === "file" && document.text === this.#fileText;
      const author: ConfigAuthor = isFile ? this.#file : { source: "http", origin: trigger };
      return this.#replace(reading, author, trigger, options);
    });
  }

  #inTurn(trigger: string, options: ChangeOptions, change: () => Promise<Outcome>): Promise<ReloadResult> {
    this.#waiting++;
    const result = this.#turn.then(() => this.#change(trigger, options, change));
    this.#turn = result;
    return result;
  }

  async #change(
    trigger: string,
    { dryRun, expects }: ChangeOptions,
    change: () => Promise<Outcome>,
  ): Promise<ReloadResult> {
    const isStale = expects !== undefined && !expects(this.version);
    const outcome = isStale ? this.#stale() : await change().catch(refusal);
    this.#waiting--;
    const { version, source, origin } = this.current;
    const result: ReloadResult = {
      ok: outcome.failure === null,
      trigger,
      at: this.#parts.now(),
      version,
      source,
      origin,
      ...outcome,
    };
    const wasTried = outcome.failure === null || outcome.failure === "refused";
    if (dryRun !== true && wasTried) {
      this.#last = result;
      this.#parts.report(result);
    }
    return result;
  }

  #stale(): Outcome {
    return { ...untouched, failure: "stale", errors: [`version ${this.version} is in force`] };
  }

  async #readAgain(trigger: string, options: ChangeOptions & { readonly force?: boolean }): Promise<Outcome> {
    const { version, source, origin, document } = this.current;
    const reading = await this.#parts.check(version + 1, null, this.#file.origin);
    const isChanged = reading.document?.text !== this.#fileText;
    if (source === "file" || isChanged || options.force === true) {
      return this.#replace(reading, this.#file, trigger, options);
    }
    const again = await this.#parts.check(version + 1, document, `version ${version}`);
    const outcome = await this.#replace(again, { source, origin }, trigger, options);
    const note = `${this.#file.origin} has not changed since it was last applied: what came by ${origin} stays in force`;
    return { ...outcome, notes: [...outcome.notes, note] };
  }

  async #replace(
    reading: Reading<Config>,
    author: ConfigAuthor,
    trigger: string,
    { dryRun }: ChangeOptions,
  ): Promise<Outcome> {
    if ("errors" in reading) return { ...untouched, failure: "refused", errors: reading.errors };
    const { config, document } = reading;
    const differences = await this.#parts.diff(this.#config, config);
    const changes = differences.map(({ text }) => text);
    const needs_restart = await this.#needsRestart(config);
    const notes = [...reading.notes, ...this.#replaced(author, changes.length > 0)];
    if (dryRun !== true) await this.#takeIntoForce(config, { ...author, trigger, changes, document });
    return { ...untouched, changes, needs_restart, notes };
  }

  async #takeIntoForce(config: Config, next: Omit<ConfigVersion, "version" | "at">): Promise<void> {
    // Files that are referred to (certificates) follow their own changes; an unchanged file is no new version.
    if (next.changes.length > 0) {
      await this.#parts.apply(config);
      this.#config = config;
      this.#history.add({ ...next, version: this.version + 1, at: this.#parts.now() });
    } else if (next.source === "file") this.#history.adopt(this.#file, next.document);
    if (next.source === "file") this.#fileText = next.document.text;
  }

  /** What a file says to a change over HTTP that it takes the place of. */
  #replaced({ source }: ConfigAuthor, isOther: boolean): string[] {
    const { current } = this;
    if (source === "http" || current.source === "file") return [];
    const change = `version ${current.version}, which came by ${current.origin}`;
    if (!isOther) return [`${this.#file.origin} says the same as ${change}, and is in force from now on`];
    return [`${this.#file.origin} replaces ${change}; \`podmate rollback\` brings that back`];
  }

  async #needsRestart(config: Config): Promise<readonly string[]> {
    if (config === this.#started) return [];
    const differences = await this.#parts.diff(this.#started, config);
    return differences.filter(({ restart }) => restart).map(({ path }) => path);
  }
}

function refusal(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  return { ...untouched, failure: "refused", errors: [message] };
}
