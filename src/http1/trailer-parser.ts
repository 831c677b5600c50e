import { readFieldLines } from "./field-lines.ts";
import { field, fieldNames } from "./field-name.ts";
import { FieldTable } from "./field-table.ts";
import type { HeadLimits } from "./head-limits.ts";
import { type HeadProblem, problemOf, refusal, unfinished } from "./head-problem.ts";
import { parsed } from "./parsed.ts";

/**
 * What must not be taken from a trailer (RFC 9110 6.5.1): what frames and routes, control data, conditions, what
 * tells how to read the content, authentication and cookies, what tells of the client, what is for one connection.
 * Those are all the fields with a number but Server.
 */
const notInTrailers = Uint8Array.from(fieldNames, (_, id) =>
  id === field.other || id === field.server ? 0 : 1,
);

/**
 * Parses the trailers of a chunked body and the empty line after them (RFC 9112 7.1.2), where the line of the last
 * chunk has ended. The result stays in the parser's fields until the next call.
 */
export class TrailerParser {
  /** `head` is that of the trailers and the empty line after them. */
  limits: Omit<HeadLimits, "target"> = { head: 65_536, headers: 128 };
  /** `hop` also marks what must not be in a trailer and is not to be passed on. */
  readonly fields = new FieldTable();
  /** Behind the empty line. */
  end = 0;
  problem: HeadProblem | null = null;

  /**
   * Parses the trailers at bytes[start, end); returns a value of `parsed`. After `incomplete` call again with the
   * same start and more bytes.
   */
  parse(bytes: Uint8Array, start: number, end: number): number {
    const { limits } = this;
    const stop = Math.min(end, start + limits.head);
    const after = readFieldLines(bytes, start, stop, this.fields, limits.headers, notInTrailers);
    if (after >= 0) {
      this.end = after;
      this.problem = null;
      return parsed.complete;
    }
    if (after === unfinished && end - start < limits.head) return parsed.incomplete;
    this.problem = problemOf(after === unfinished ? refusal["head-too-large"] : after);
    return parsed.refused;
  }
}
