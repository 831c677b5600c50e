import type { MemcacheStats } from "./memcache-stats.ts";
import type { MemcacheStore } from "./memcache-store.ts";

/** Bytes for the client, in order; a string is latin1. Values are handed out whole and never written to. */
export type Answer = readonly (string | Buffer)[];

/** The command wants a value of `length` bytes and its `\r\n`; `complete` gets it, or null if it is not so ended. */
export interface ValueWanted {
  readonly length: number;
  complete(value: Buffer | null): Answer;
}

/** The command failed, and `skip` bytes that belong to it are to be thrown away. */
export interface Refusal {
  readonly answer: Answer;
  readonly skip: number;
}

/** What follows from a command line: an answer, a value to wait for, bytes to skip, or the end. */
export type Outcome = Answer | ValueWanted | Refusal | "close";

/** What commands work on. */
export interface MemcacheState {
  readonly store: MemcacheStore;
  readonly stats: MemcacheStats;
}

/** One command: how many words its line may have, its own name included, and what it does with them. */
export interface Command {
  readonly min: number;
  readonly max: number;
  run(state: MemcacheState, words: readonly string[]): Outcome;
}

export const BAD_FORMAT = "CLIENT_ERROR bad command line format\r\n";
export const BAD_CHUNK = "CLIENT_ERROR bad data chunk\r\n";
export const TOO_LARGE = "SERVER_ERROR object too large for cache\r\n";
export const NO_MEMORY = "SERVER_ERROR out of memory storing object\r\n";
export const NON_NUMERIC = "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n";

/** The longest value that a command may announce, in bytes: beyond it the length is taken for a mistake. */
export const MAX_ANNOUNCED = 2 ** 31 - 1 - 2;
