import type { Progress } from "../progress.ts";
import type { WireReader } from "../wire-reader.ts";
import type { MemcacheTally } from "./memcache-tally.ts";
import { missing, type OwnKey } from "./own-key.ts";
import { versionOf } from "./value.ts";

/** One request of a client and what must be true of its answer. */
export interface Exchange {
  readonly command: string;
  /** What goes to podmate. */
  readonly request: readonly (string | Buffer)[];
  /** Reads and checks the whole answer. Throws `OutOfStep` if it is none. */
  take(reader: WireReader): Promise<void>;
  /** The client will not read the answer. */
  abandon(): void;
}

/** The answer cannot belong to the request, so nothing after it can be trusted. */
export class OutOfStep extends Error {}

/** What all requests of one batch share. */
export class Batch {
  readonly progress: Progress;
  readonly tally: MemcacheTally;
  /** Epoch and calm at the time when the batch is sent. */
  readonly epoch: number;
  readonly calm: number;

  constructor(progress: Progress, tally: MemcacheTally) {
    this.progress = progress;
    this.tally = tally;
    this.epoch = progress.epoch;
    this.calm = progress.calm;
  }

  /** Whether the line says that the request failed; if so, it is counted. */
  failed(line: string): boolean {
    if (!line.startsWith("SERVER_ERROR ")) return false;
    const calm = this.calm !== 0 && this.calm === this.progress.calm;
    this.tally.takeError(line.split(" ")[1] ?? "", calm, line);
    return true;
  }

  /** Checks what was found under `key`, which `own` is if this client alone writes it. */
  found(key: string, own: OwnKey | undefined, flags: number, body: Buffer): void {
    const version = versionOf(key, flags, body);
    if (typeof version === "string") this.tally.takeWrong(version);
    else this.check(own, version);
    this.tally.verified++;
  }

  /** Counts a key that was not found. `partial`: the failure of its server would look the same. */
  missed(own: OwnKey | undefined, partial: boolean): void {
    this.tally.misses++;
    if (!partial) this.check(own, missing);
    else if (own?.allows(missing, this.progress.epoch) === false) this.tally.partialMisses++;
  }

  check(own: OwnKey | undefined, found: number): void {
    if (own === undefined) return;
    if (own.knownVersion(this.progress.epoch) !== null) this.tally.exact++;
    if (own.allows(found, this.progress.epoch)) return;
    this.tally.takeWrong(`found ${found === missing ? "nothing" : found} where there is ${own}`);
  }
}

/** A request whose answer is one line, out of `answers`. `then` is told which; "" stands for an error. */
export function oneLine(
  batch: Batch,
  command: string,
  request: readonly (string | Buffer)[],
  answers: readonly string[],
  then: (answer: string) => void = () => undefined,
): Exchange {
  return {
    command,
    request,
    async take(reader) {
      const line = await reader.line();
      if (batch.failed(line)) return then("");
      const answer = answers.find((each) => (each.endsWith(" ") ? line.startsWith(each) : line === each));
      if (answer === undefined) throw new OutOfStep(`"${line}" to ${command}`);
      then(answer.endsWith(" ") ? line : answer);
    },
    abandon: () => then(""),
  };
}

/** A request without an answer; `sent` is called at its place in the order of answers. */
export function noAnswer(
  command: string,
  request: readonly (string | Buffer)[],
  sent: () => void,
  abandon: () => void,
): Exchange {
  return { command, request, take: () => Promise.resolve(sent()), abandon };
}

/** A key that is asked for, with what the asking client knows of it. */
export interface Asked {
  readonly key: string;
  readonly own: OwnKey | undefined;
}

/** get, gets or "gat TIME": values in the order asked, then END. `unique` is told the cas numbers. */
export function retrieval(
  batch: Batch,
  command: string,
  keys: readonly Asked[],
  unique: (asked: Asked, cas: string) => void = () => undefined,
): Exchange {
  return {
    command: keys.length > 1 ? `${command} of many` : command,
    request: [`${command} ${keys.map(({ key }) => key).join(" ")}\r\n`],
    async take(reader) {
      const partial = keys.length > 1;
      let at = 0;
      for (let line = await reader.line(); line !== "END"; line = await reader.line()) {
        if (batch.failed(line)) return;
        const [, key, flags, length, cas] = /^VALUE (\S+) (\d+) (\d+)(?: (\d+))?$/.exec(line) ?? [];
        if (key === undefined) throw new OutOfStep(`"${line}" to ${command}`);
        while (at < keys.length && keys[at]!.key !== key) batch.missed(keys[at++]!.own, partial);
        const asked = keys[at++];
        if (asked === undefined) throw new OutOfStep(`"${line}", which ${command} did not ask for`);
        batch.found(key, asked.own, Number(flags), await reader.block(Number(length)));
        if (cas !== undefined) unique(asked, cas);
      }
      while (at < keys.length) batch.missed(keys[at++]!.own, partial);
    },
    abandon: () => undefined,
  };
}
