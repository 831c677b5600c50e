import { CLASSIC_COMMANDS } from "./memcache-classic.ts";
import type { Answer, Command, MemcacheState, Outcome, Refusal, ValueWanted } from "./memcache-command.ts";
import { LineBuffer } from "./memcache-line-buffer.ts";
import { META_COMMANDS } from "./memcache-meta.ts";
import { SERVER_COMMANDS } from "./memcache-server-commands.ts";
import { splitTokens } from "./memcache-tokens.ts";

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ...CLASSIC_COMMANDS,
  ...META_COMMANDS,
  ...SERVER_COMMANDS,
]);

/** A line that is longer than this before its end has come must be a get of many keys. */
const LONG_LINE = 2048;

const MULTIGET = /^ {0,100}gets? /;
const MULTIGET_REACH = 105;

/** No line may be longer than this, in bytes. */
const MAX_LINE = 4 * 1024 * 1024;

/** The first byte of the binary protocol, which is not spoken here. */
const BINARY_MAGIC = 0x80;

const LF = 0x0a;
const CR = 0x0d;
const ERROR = "ERROR\r\n";

/** A value on its way in: its bytes and the two that end it. */
interface Incoming {
  readonly wanted: ValueWanted;
  readonly bytes: Buffer;
  filled: number;
}

/**
 * The protocol of one connection, without the connection: bytes in, answers out, in whatever pieces the bytes come.
 * Between two commands it holds nothing; within one, at most a line or a value that the store would take.
 */
export class MemcacheSession {
  readonly #state: MemcacheState;
  readonly #line = new LineBuffer();
  #incoming: Incoming | null = null;
  #skip = 0;
  #closed = false;

  constructor(state: MemcacheState) {
    this.#state = state;
  }

  /** Whether the connection is to be closed once what was answered is written; further bytes are ignored. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Takes the next bytes and gives the answers to all commands they complete. */
  receive(chunk: Buffer): Answer {
    const out: (string | Buffer)[] = [];
    let rest = chunk;
    while (rest.length > 0 && !this.#closed) {
      const taken = this.#take(rest, out);
      rest = rest.subarray(taken);
    }
    return out;
  }

  /** Takes one step and gives the number of bytes it used. */
  #take(bytes: Buffer, out: (string | Buffer)[]): number {
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, bytes.length);
      this.#skip -= skipped;
      return skipped;
    }
    return this.#incoming === null ? this.#takeLine(bytes, out) : this.#takeValue(this.#incoming, bytes, out);
  }

  #takeValue(incoming: Incoming, bytes: Buffer, out: (string | Buffer)[]): number {
    const copied = bytes.copy(incoming.bytes, incoming.filled);
    incoming.filled += copied;
    if (incoming.filled < incoming.bytes.length) return copied;
    this.#incoming = null;
    const { wanted } = incoming;
    const ended = incoming.bytes.at(-2) === CR && incoming.bytes.at(-1) === LF;
    out.push(...wanted.complete(ended ? incoming.bytes.subarray(0, wanted.length) : null));
    return copied;
  }

  #takeLine(bytes: Buffer, out: (string | Buffer)[]): number {
    const end = bytes.indexOf(LF);
    if (end < 0) {
      this.#line.append(bytes);
      if (isHopeless(this.#line.bytes)) this.#closed = true;
      return bytes.length;
    }
    this.#line.append(bytes.subarray(0, end));
    const line = this.#line.bytes;
    // A lone CR is a word, not a line end: so memcached has it.
    const length = line.length > 1 && line.at(-1) === CR ? line.length - 1 : line.length;
    const text = line.toString("latin1", 0, length);
    this.#line.clear();
    this.#follow(this.#run(text), out);
    return end + 1;
  }

  #run(line: string): Outcome {
    const words = splitTokens(line);
    const name = words[0] ?? "";
    const command = COMMANDS.get(name);
    if (command === undefined) {
      // Someone has sent HTTP here; each of its header lines would be a command.
      return words.at(-1)?.startsWith("HTTP/") === true ? "close" : [ERROR];
    }
    return words.length < command.min || words.length > command.max
      ? [ERROR]
      : command.run(this.#state, words);
  }

  #follow(outcome: Outcome, out: (string | Buffer)[]): void {
    if (outcome === "close") {
      this.#closed = true;
    } else if (isValueWanted(outcome)) {
      this.#incoming = { wanted: outcome, bytes: Buffer.allocUnsafeSlow(outcome.length + 2), filled: 0 };
    } else if (isRefusal(outcome)) {
      this.#skip = outcome.skip;
      out.push(...outcome.answer);
    } else {
      for (const piece of outcome) out.push(piece);
    }
  }
}

function isValueWanted(outcome: Answer | ValueWanted | Refusal): outcome is ValueWanted {
  return "complete" in outcome;
}

function isRefusal(outcome: Answer | Refusal): outcome is Refusal {
  return "skip" in outcome;
}

/** Whether a line whose end has not come is not worth waiting for. */
function isHopeless(line: Buffer): boolean {
  if (line[0] === BINARY_MAGIC || line.length > MAX_LINE) return true;
  return line.length > LONG_LINE && !MULTIGET.test(line.toString("latin1", 0, MULTIGET_REACH));
}
