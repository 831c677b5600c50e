import { ConnectionLost, type WireReader } from "../wire-reader.ts";
import { type BodyEnd, OutOfStep, readFields } from "./answer-head.ts";

const mostAtOnce = 1024 * 1024;

/** Compares a body with the one that must come, piece by piece as it comes. */
export class BodyCheck {
  length = 0;
  readonly #wanted: Buffer;

  constructor(wanted: Buffer) {
    this.#wanted = wanted;
  }

  take(bytes: Buffer): void {
    const from = this.length;
    this.length += bytes.length;
    if (!bytes.equals(this.#wanted.subarray(from, this.length))) {
      throw new OutOfStep(
        `another body, between its bytes ${from} and ${this.length} of ${this.#wanted.length}`,
      );
    }
  }

  /** That was all: is it? */
  end(): void {
    if (this.length !== this.#wanted.length) {
      throw new OutOfStep(`a body of ${this.length} bytes instead of ${this.#wanted.length}`);
    }
  }
}

/** Reads a body to its end; resolves to its trailers. */
export async function readBody(
  reader: WireReader,
  end: BodyEnd,
  body: Pick<BodyCheck, "take">,
): Promise<ReadonlyMap<string, string>> {
  if (end.by === "chunks") return readChunks(reader, body);
  if (end.by === "length") await readLength(reader, end.length, body);
  else if (end.by === "close") await readToClose(reader, body);
  return new Map();
}

async function readLength(reader: WireReader, length: number, body: Pick<BodyCheck, "take">): Promise<void> {
  for (let left = length; left > 0; ) {
    const bytes = await reader.some(left);
    left -= bytes.length;
    body.take(bytes);
  }
}

async function readChunks(
  reader: WireReader,
  body: Pick<BodyCheck, "take">,
): Promise<ReadonlyMap<string, string>> {
  for (;;) {
    const line = await reader.line();
    if (!/^[0-9a-fA-F]+$/.test(line)) throw new OutOfStep(`"${line}" is no chunk size`);
    const size = Number.parseInt(line, 16);
    if (size === 0) return readFields(reader);
    await readLength(reader, size, body);
    if ((await reader.line()) !== "") throw new OutOfStep("no line end after a chunk");
  }
}

async function readToClose(reader: WireReader, body: Pick<BodyCheck, "take">): Promise<void> {
  try {
    for (;;) body.take(await reader.some(mostAtOnce));
  } catch (error) {
    if (!(error instanceof ConnectionLost) || !error.isClean) throw error;
  }
}
