import type { ExitCode } from "./verb.ts";

/** A verb cannot go on: what to print, and the exit code. */
export class CannotGoOn extends Error {
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}
