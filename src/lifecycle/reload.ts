/** How a reload ended, as it is logged and shown at `/config`. */
export interface ReloadResult {
  readonly ok: boolean;
  /** What asked for it: `SIGHUP`, `file changed`, `POST /config/reload`… */
  readonly trigger: string;
  /** Unix time in ms. */
  readonly at: number;
  /** Version in force afterwards. */
  readonly version: number;
  /** What is different now, a line each; empty where nothing is, or where it failed. */
  readonly changes: readonly string[];
  /** Why it was refused, a line each; empty if it was not. */
  readonly errors: readonly string[];
}

/** What a reload works on. `Config` is whatever the daemon runs on. */
export interface ReloadParts<Config> {
  /** Reads and checks anew, giving the configuration the version it will have. */
  check(version: number): Promise<{ readonly config: Config } | { readonly errors: readonly string[] }>;
  /** What changes from one to the other; a line each. */
  diff(before: Config, after: Config): Promise<readonly string[]>;
  /** All or nothing: rejects with the reason if the configuration cannot be taken into force. */
  apply(config: Config): Promise<void>;
  report(result: ReloadResult): void;
  /** Unix time in ms. */
  now(): number;
}

/**
 * Keeps the configuration in force and replaces it: check → diff → apply → report. Whatever fails leaves the old
 * one in force. Reloads that are asked for while one runs wait for it.
 */
export class Reloader<Config> {
  readonly #parts: ReloadParts<Config>;
  #config: Config;
  #version: number;
  #last: ReloadResult | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param config the one to begin with, as version `version` */
  constructor(parts: ReloadParts<Config>, config: Config, version: number) {
    this.#parts = parts;
    this.#config = config;
    this.#version = version;
  }

  get config(): Config {
    return this.#config;
  }

  get version(): number {
    return this.#version;
  }

  /** null until the first reload. */
  get last(): ReloadResult | null {
    return this.#last;
  }

  /** Takes the first configuration into force, or rejects; reloads that are asked for meanwhile wait for it. */
  start(): Promise<void> {
    const started = this.#parts.apply(this.#config);
    this.#turn = started.catch(() => {});
    return started;
  }

  /** Never rejects: a failure is a result. */
  reload(trigger: string): Promise<ReloadResult> {
    const result = this.#turn.then(() => this.#reload(trigger));
    this.#turn = result;
    return result;
  }

  async #reload(trigger: string): Promise<ReloadResult> {
    const outcome = await this.#replace().catch((error: unknown) => ({
      changes: [],
      errors: [error instanceof Error ? error.message : String(error)],
    }));
    const result: ReloadResult = {
      ok: outcome.errors.length === 0,
      trigger,
      at: this.#parts.now(),
      version: this.#version,
      ...outcome,
    };
    this.#last = result;
    this.#parts.report(result);
    return result;
  }

  async #replace(): Promise<{ readonly changes: readonly string[]; readonly errors: readonly string[] }> {
    const checked = await this.#parts.check(this.#version + 1);
    if ("errors" in checked) return { changes: [], errors: checked.errors };
    const changes = await this.#parts.diff(this.#config, checked.config);
    // Files that are referred to (certificates) follow their own changes; an unchanged file is no new version.
    if (changes.length > 0) {
      await this.#parts.apply(checked.config);
      this.#config = checked.config;
      this.#version++;
    }
    return { changes, errors: [] };
  }
}
