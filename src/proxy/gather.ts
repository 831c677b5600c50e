import { POOL } from "../observe/metric-layout.ts";
import { type Part, Split } from "./split.ts";
import { wireError } from "./wire-error.ts";

const space = 0x20;
const lf = 0x0a;
const end = Buffer.from("END\r\n");
/** Length of "VALUE ". */
const valueWord = 6;

/**
 * A get of many keys over several servers: each is asked for its keys in one line, and the values are put together
 * in the order in which the client asked, duplicates included. A server answers in the order it was asked and leaves
 * out what it does not have, so that one pass over the keys with a cursor in each reply is enough.
 */
export class Gather extends Split {
  /** The keys as they were asked for: bytes, and start, end and part of each. */
  private readonly line: Buffer;
  private readonly places: Int32Array;

  constructor(line: Buffer, places: Int32Array) {
    super();
    this.line = line;
    this.places = places;
  }

  protected merge(): void {
    const refusal = this.refusal();
    if (refusal !== null) {
      this.emitText(refusal);
      return;
    }
    const { line, places, parts } = this;
    const cursors = parts.map(() => 0);
    for (let i = 0; i < places.length; i += 3) {
      const index = places[i + 2]!;
      const { buffer, length } = parts[index]!.reply;
      const start = cursors[index]!;
      const blockEnd = matchValue(buffer, start, length, line, places[i]!, places[i + 1]!);
      if (blockEnd > start) {
        this.emit(buffer, start, blockEnd);
        cursors[index] = blockEnd;
      }
    }
    this.emit(end, 0, end.length);
  }

  /** Counted by the parts. */
  protected override settle(): void {
    this.keys = 0;
    super.settle();
  }

  /** The error that the whole is answered with, or null if what the servers gave is to be passed on. */
  private refusal(): string | null {
    const { parts } = this;
    const refused = parts.find((part) => part.failed);
    if (refused !== undefined) {
      const text = errorLine(refused);
      // The client's own mistake is told in any case.
      if (!text.startsWith("SERVER_ERROR") || this.strict(parts, refused)) return text;
    }
    const lost = parts.find((part) => part.failure !== null);
    if (lost !== undefined && this.strict(parts, lost)) return wireError(lost.failure!);
    for (const part of parts) {
      if (part.failed || part.failure !== null) part.pool.block[POOL.partialMultigets]! += 1;
    }
    return null;
  }

  /** Whether the failure of `part` fails the whole. */
  private strict(parts: readonly Part[], part: Part): boolean {
    return (
      part.pool.options.on_error === "error" || parts.every((other) => other.failed || other.failure !== null)
    );
  }
}

/** The last line of a reply that ended in an error. */
function errorLine(part: Part): string {
  const text = part.reply.buffer.toString("latin1", 0, part.reply.length);
  return text.slice(text.lastIndexOf("\n", text.length - 2) + 1);
}

/** The end of the VALUE block at `start` if it is that of key[keyStart, keyEnd), or `start`. */
function matchValue(
  reply: Buffer,
  start: number,
  length: number,
  key: Buffer,
  keyStart: number,
  keyEnd: number,
): number {
  let at = start + valueWord;
  if (at + keyEnd - keyStart >= length || reply[start] !== 0x56) return start;
  for (let i = keyStart; i < keyEnd; i++) {
    if (reply[at++] !== key[i]) return start;
  }
  if (reply[at] !== space) return start;
  at++;
  while (reply[at] !== space) at++;
  at++;
  let size = 0;
  for (let digit = reply[at]! - 0x30; digit >= 0 && digit <= 9; digit = reply[++at]! - 0x30)
    size = size * 10 + digit;
  while (reply[at] !== lf) at++;
  return at + 1 + size + 2;
}
