/** What a configuration is read from. */
export interface ConfigDocument {
  readonly format: "podmate" | "twemproxy";
  readonly text: string;
}

/** Who has put a configuration into force. */
export interface ConfigAuthor {
  /** `file` stands for whatever the daemon was started with, which may be built in. */
  readonly source: "file" | "http";
  /** For people: the file's name, `PUT /config`… */
  readonly origin: string;
}

/** A configuration that is or was in force. */
export interface ConfigVersion extends ConfigAuthor {
  readonly version: number;
  /** When it came into force, as Unix time in ms. */
  readonly at: number;
  /** What asked for it. */
  readonly trigger: string;
  /** How it differs from the version before it, a line each. */
  readonly changes: readonly string[];
  /** Secrets included: it is never shown. */
  readonly document: ConfigDocument;
}

export interface HistoryBounds {
  /** Versions kept, the one in force included. */
  readonly versions: number;
  /** Characters of text kept in all; the one in force stays however long it is. */
  readonly characters: number;
}

const defaultBounds: HistoryBounds = { versions: 10, characters: 4 * 2 ** 20 };

/** The last versions of the configuration, kept in memory so that one can go back. */
export class ConfigHistory {
  readonly #bounds: HistoryBounds;
  /** Oldest first; the last is in force. */
  #versions: ConfigVersion[];

  constructor(first: ConfigVersion, bounds: HistoryBounds = defaultBounds) {
    this.#versions = [first];
    this.#bounds = bounds;
  }

  /** The one in force. */
  get current(): ConfigVersion {
    return this.#versions.at(-1)!;
  }

  /** The one that was in force before, if it is still known. */
  get previous(): ConfigVersion | undefined {
    return this.#versions.at(-2);
  }

  /** Oldest first; the last is in force. */
  get versions(): readonly ConfigVersion[] {
    return this.#versions;
  }

  find(version: number): ConfigVersion | undefined {
    return this.#versions.find((each) => each.version === version);
  }

  /** Takes a version that has come into force, and forgets the oldest if there are too many. */
  add(version: ConfigVersion): void {
    this.#versions.push(version);
    this.#forget();
  }

  /** What is in force has another author from now on, and says the same. */
  adopt(author: ConfigAuthor, document: ConfigDocument): void {
    const { source, origin } = author;
    this.#versions = [...this.#versions.slice(0, -1), { ...this.current, source, origin, document }];
    this.#forget();
  }

  #forget(): void {
    const { versions, characters } = this.#bounds;
    while (this.#versions.length > 1 && (this.#versions.length > versions || this.#size() > characters))
      this.#versions.shift();
  }

  #size(): number {
    return this.#versions.reduce((sum, { document }) => sum + document.text.length, 0);
  }
}
