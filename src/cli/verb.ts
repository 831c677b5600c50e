import type { EventEmitter } from "node:events";

/** Where a verb's words go and where it learns about its surroundings; `main.ts` hands in the real ones. */
export interface Terminal {
  out(text: string): void;
  /** Resolves when whoever reads standard output has taken all of it. */
  flushed(): Promise<void>;
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a human is reading standard output. */
  readonly tty: boolean;
  /** Whether a human is reading standard error. */
  readonly errTty?: boolean;
  /** All that comes by standard input, as text; rejects beyond 1 MiB. */
  input(): Promise<string>;
  /** Where there is one to draw on and to type at. */
  readonly screen?: Screen | undefined;
  /** What signals arrive at. */
  readonly signals: EventEmitter;
  /** Leaves the process at once; everything else returns its exit code. */
  exit(code: number): void;
}

/** A terminal as a whole. */
export interface Screen {
  /** In characters. */
  size(): { readonly columns: number; readonly rows: number };
  /** Takes what is typed, unseen and key by key, until the function that it returns is called. */
  readKeys(onKey: (key: string) => void): () => void;
}

/** Exit codes: done, failed, wrong usage, bad configuration (EX_USAGE of sysexits.h, as linkerd2-proxy uses it). */
export const exitCode = { done: 0, failed: 1, usage: 2, badConfig: 64 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  readonly short?: string;
  /** What stands for the value in help texts; absent: the flag takes none. */
  readonly value?: string;
  readonly help: string;
  readonly required?: boolean;
  /** All values that it may have. */
  readonly choices?: readonly string[];
  /** Says why a value makes no sense, before anything is asked for; null where it does. */
  check?(value: string): string | null;
  /** What a shell can offer as values besides `choices`. */
  readonly completes?: Completes;
}

/** What a value or a word is the name of: files of this machine, pools or servers of the daemon that runs. */
export type Completes = "file" | "pool" | "server";

/** Flags as given: a string where the flag takes a value, else true. */
export type Flags = Readonly<Record<string, string | true | undefined>>;

/** What a verb is asked to do. */
export interface Invocation {
  readonly flags: Flags;
  readonly words: readonly string[];
}

export interface Verb {
  /** One or two words, as typed. */
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** What stands after the name and the flags, for example `KEY…`. */
  readonly operands: string;
  /** Number of operands: at least, at most. */
  readonly arity: readonly [least: number, most: number];
  /** What each of the operands can be, for the shell; the last goes for all further ones. */
  readonly completes?: readonly (Completes | readonly string[])[];
  /** As that of a flag, for the operand at `index`. */
  checkWord?(word: string, index: number): string | null;
  readonly flags: readonly Flag[];
  /** Paragraphs for the verb's own help. */
  readonly details: string;
  /** Loaded when the verb runs, so that `podmate status` does not read the data plane's code. */
  load(): Promise<(invocation: Invocation, terminal: Terminal) => Promise<ExitCode>>;
}
