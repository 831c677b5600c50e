import type { Random } from "../random.ts";
import { type Asked, type Batch, type Exchange, noAnswer, oneLine, retrieval } from "./exchange.ts";
import { metaGet, quietMetaGets } from "./meta-exchange.ts";
import { missing, OwnKey } from "./own-key.ts";
import { makeValue, versions } from "./value.ts";

const ownKeys = 100;
const ownCounters = 4;
const sharedKeys = 2000;
const mostKeys = 32;
const counterRange = 1_000_000_000;

/** Makes the requests of one client: every command, on keys of its own and on keys that all clients write. */
export class CommandMix {
  readonly #random: Random;
  readonly #own: readonly OwnKey[];
  readonly #counters: readonly { readonly key: OwnKey; readonly base: number }[];
  readonly #cas = new Map<string, string>();
  /** Commands by how often they are chosen in a hundred. */
  readonly #commands: readonly (readonly [share: number, make: (batch: Batch) => Exchange])[] = [
    [20, (batch) => retrieval(batch, "get", [this.#any()])],
    [12, (batch) => retrieval(batch, "get", this.#many())],
    [5, (batch) => this.#gets(batch)],
    [2, (batch) => retrieval(batch, "gat 0", [this.#any()])],
    [9, (batch) => metaGet(batch, this.#any(), this.#random.below(1e9))],
    [4, (batch) => quietMetaGets(batch, this.#many(), this.#random.below(1e9))],
    [14, (batch) => this.#store(batch, "set", ["STORED"])],
    [4, (batch) => this.#storeQuietly(batch)],
    [3, (batch) => this.#store(batch, "add", ["STORED", "NOT_STORED"])],
    [2, (batch) => this.#store(batch, "replace", ["STORED", "NOT_STORED"])],
    [4, (batch) => this.#compareAndSet(batch)],
    [6, (batch) => this.#metaSet(batch)],
    [3, (batch) => this.#delete(batch, "delete", ["DELETED", "NOT_FOUND"])],
    [1, (batch) => this.#delete(batch, "md", ["HD", "NF"])],
    [6, (batch) => this.#count(batch)],
    [2, (batch) => oneLine(batch, "touch", [`touch ${this.#any().key} 0\r\n`], ["TOUCHED", "NOT_FOUND"])],
    [1, (batch) => oneLine(batch, "mn", ["mn\r\n"], ["MN"])],
    [1, (batch) => oneLine(batch, "version", ["version\r\n"], ["VERSION "])],
    [1, (batch) => this.#mistake(batch)],
  ];

  constructor(client: number, random: Random) {
    this.#random = random;
    this.#own = Array.from({ length: ownKeys }, (_, at) => new OwnKey(`own:${client}:${at}`));
    this.#counters = Array.from({ length: ownCounters }, (_, at) => {
      return {
        key: new OwnKey(`count:${client}:${at}`),
        base: (client * ownCounters + at + 1) * counterRange,
      };
    });
  }

  next(batch: Batch): Exchange {
    let share = this.#random.below(100);
    const chosen = this.#commands.find(([part]) => {
      share -= part;
      return share < 0;
    });
    return chosen![1](batch);
  }

  /** A get of many keys whose answer is long, for a client that does not read it at once. */
  longAnswer(batch: Batch): Exchange {
    return retrieval(
      batch,
      "get",
      Array.from({ length: mostKeys }, () => this.#any()),
    );
  }

  #any(): Asked {
    if (this.#random.once(2)) return { key: `shared:${this.#random.below(sharedKeys)}`, own: undefined };
    const own = this.#random.pick(this.#own);
    return { key: own.key, own };
  }

  /** Some keys, now and then the same one twice. */
  #many(): Asked[] {
    const keys = Array.from({ length: 2 + this.#random.below(mostKeys - 1) }, () => this.#any());
    if (this.#random.once(3)) keys.push(keys[0]!);
    return keys;
  }

  /** A key, its next value, and what is to be noted when the store has been answered. */
  #next(batch: Batch): {
    asked: Asked;
    version: number;
    body: Buffer;
    flags: number;
    stored: () => void;
    failed: () => void;
  } {
    const asked = this.#any();
    const { own } = asked;
    const version = own === undefined ? this.#random.below(versions) : own.next++ % versions;
    return {
      asked,
      version,
      ...makeValue(asked.key, version),
      stored: () => own?.certain(version, batch.epoch),
      failed: () => own?.doubtful(version, batch.epoch),
    };
  }

  #store(batch: Batch, command: string, answers: readonly string[]): Exchange {
    const { asked, flags, body, stored, failed } = this.#next(batch);
    const request = [`${command} ${asked.key} ${flags} 0 ${body.length}\r\n`, body, "\r\n"];
    return oneLine(batch, command, request, answers, (answer) => {
      if (answer === "") failed();
      else if (answer === "STORED") stored();
    });
  }

  #storeQuietly(batch: Batch): Exchange {
    const { asked, version, flags, body } = this.#next(batch);
    const request = [`set ${asked.key} ${flags} 0 ${body.length} noreply\r\n`, body, "\r\n"];
    const mayFail = (): void => asked.own?.doubtful(version, batch.epoch);
    const sent = batch.calm === 0 ? mayFail : () => asked.own?.unanswered(version);
    return noAnswer("set noreply", request, sent, mayFail);
  }

  #metaSet(batch: Batch): Exchange {
    const { asked, flags, body, stored, failed } = this.#next(batch);
    const opaque = `O${this.#random.below(1e9)}`;
    const request = [`ms ${asked.key} ${body.length} F${flags} ${opaque} k\r\n`, body, "\r\n"];
    return oneLine(batch, "ms", request, [`HD ${opaque} k${asked.key}`], (answer) => {
      if (answer === "") failed();
      else stored();
    });
  }

  #gets(batch: Batch): Exchange {
    const keys = this.#random.once(2) ? [this.#any()] : this.#many();
    return retrieval(batch, "gets", keys, ({ key }, cas) => this.#cas.set(key, cas));
  }

  #compareAndSet(batch: Batch): Exchange {
    const { asked, flags, body, stored, failed } = this.#next(batch);
    const cas = this.#cas.get(asked.key) ?? "1";
    this.#cas.delete(asked.key);
    const request = [`cas ${asked.key} ${flags} 0 ${body.length} ${cas}\r\n`, body, "\r\n"];
    return oneLine(batch, "cas", request, ["STORED", "EXISTS", "NOT_FOUND"], (answer) => {
      if (answer === "") failed();
      else if (answer === "STORED") stored();
    });
  }

  #delete(batch: Batch, command: string, answers: readonly string[]): Exchange {
    const { key, own } = this.#any();
    return oneLine(batch, command, [`${command} ${key}\r\n`], answers, (answer) => {
      if (answer === "") own?.doubtful(missing, batch.epoch);
      else own?.certain(missing, batch.epoch);
    });
  }

  /** Counts up or down, or starts the count; the numbers of a counter are no other counter's. */
  #count(batch: Batch): Exchange {
    const { key, base } = this.#random.pick(this.#counters);
    if (this.#random.once(8)) {
      const start = base + counterRange / 2;
      return oneLine(
        batch,
        "set",
        [`set ${key.key} 0 0 ${String(start).length}\r\n${start}\r\n`],
        ["STORED"],
        (answer) => {
          if (answer === "") key.doubtful(start, batch.epoch);
          else key.certain(start, batch.epoch);
        },
      );
    }
    const command = this.#random.once(2) ? "incr" : "decr";
    const step = 1 + this.#random.below(9);
    return {
      command,
      request: [`${command} ${key.key} ${step}\r\n`],
      take: async (reader) => {
        const line = await reader.line();
        if (batch.failed(line)) return key.doubtful(Number.NaN, batch.epoch);
        if (line === "NOT_FOUND") return batch.missed(key, false);
        const number = Number(line);
        const before = key.knownVersion(batch.progress.epoch);
        const due = before === null ? number : before + (command === "incr" ? step : -step);
        if (number !== due || Math.floor(number / counterRange) * counterRange !== base) {
          batch.tally.takeWrong(`"${line}" to ${command} ${step} of ${key}`);
        }
        batch.tally.verified++;
        key.certain(number, batch.epoch);
      },
      abandon: () => key.doubtful(Number.NaN, batch.epoch),
    };
  }

  /** What memcached refuses, and goes on. */
  #mistake(batch: Batch): Exchange {
    const long = "k".repeat(251);
    return this.#random.once(2)
      ? oneLine(batch, "no command", ["nonsense\r\n"], ["ERROR"])
      : oneLine(batch, "long key", [`get ${long}\r\n`], ["CLIENT_ERROR "]);
  }
}
