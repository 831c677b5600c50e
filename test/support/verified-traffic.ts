import type { Address } from "../../src/core/address.ts";
import { createRandomNumbers } from "./random-numbers.ts";
import type { ScriptedServer } from "./scripted-server.ts";
import type { Teardown } from "./teardown.ts";
import { until } from "./until.ts";
import { WireClient } from "./wire-client.ts";

/** Makes the server one whose every value is its key, so that an answer to another request is known as such. */
export function serveKeysAsValues(server: ScriptedServer): void {
  server.answer((request) => {
    const [word = "", ...words] = request.split("\r\n")[0]!.split(" ");
    if (word === "set") return "STORED\r\n";
    if (word === "version") return "VERSION 1.6\r\n";
    return `${words.map(blockOf).join("")}END\r\n`;
  });
}

const blockOf = (key: string): string => `VALUE ${key} 0 ${key.length}\r\n${key}\r\n`;

export interface TrafficOptions {
  /** Keys may be missing, as where they move between servers that do not share what they hold. */
  readonly misses?: boolean;
  /** Requests may fail, as where servers are killed. They are counted in `errors`. */
  readonly errors?: boolean;
}

/**
 * Clients that ask without a pause and hold every answer against the key that it belongs to: each key is stored under
 * its own name, so a value that is another is an answer gone astray.
 */
export class VerifiedTraffic {
  /** Rounds of each client. */
  readonly rounds: number[];
  /** What went wrong, in words. */
  readonly failures: string[] = [];
  /** Answers that were errors, in the words of the wire. */
  readonly errors: string[] = [];
  readonly #clients: WireClient[];
  /** Clients that have stopped asking because something went wrong. */
  readonly #failed = new Set<number>();
  readonly #options: TrafficOptions;
  readonly #loops: Promise<void>[] = [];
  #stopped = false;

  private constructor(clients: WireClient[], options: TrafficOptions) {
    this.#clients = clients;
    this.#options = options;
    this.rounds = clients.map(() => 0);
  }

  /** Starts `count` clients. */
  static async start(
    t: Teardown,
    address: Address,
    count: number,
    options: TrafficOptions = {},
  ): Promise<VerifiedTraffic> {
    const clients = await Promise.all(Array.from({ length: count }, () => WireClient.connect(address)));
    const traffic = new VerifiedTraffic(clients, options);
    t.teardown(() => traffic.stop());
    traffic.#loops.push(...clients.map((client, index) => traffic.#loop(client, index)));
    return traffic;
  }

  /** Waits until each client with which nothing went wrong has had `count` more rounds answered. */
  async moreRounds(count = 10): Promise<void> {
    const before = [...this.rounds];
    const hasMore = (rounds: number, i: number): boolean =>
      rounds >= before[i]! + count || this.#failed.has(i);
    await until(() => this.rounds.every(hasMore), "each client has more answers");
  }

  /** Clients whose connection stands. */
  get connected(): number {
    return this.#clients.filter((client) => client.ended === null).length;
  }

  /** Lets the rounds that are under way end, and hangs up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
    for (const client of this.#clients) client.close();
  }

  async #loop(client: WireClient, index: number): Promise<void> {
    const random = createRandomNumbers(index + 1);
    while (!this.#stopped && !this.#failed.has(index)) {
      const keys = Array.from({ length: 8 }, () => `k${random() % 1_000}`);
      let answered = 0;
      try {
        for await (const _ of this.#round(client, keys)) answered++;
        this.rounds[index]!++;
      } catch (error) {
        this.#failed.add(index);
        this.failures.push(`client ${index}, ${answered} of 4 answered: ${(error as Error).message}`);
      }
    }
  }

  /** Sends four requests at once, and yields with each answer. */
  async *#round(client: WireClient, keys: readonly string[]): AsyncGenerator<void> {
    const [first, second, third, ...rest] = keys as [string, string, string, ...string[]];
    await client.send(
      `get ${first}\r\nget ${rest.join(" ")}\r\nset ${second} 0 0 ${second.length}\r\n${second}\r\nget ${third}\r\n`,
    );
    yield await this.#readValues(client, [first]);
    yield await this.#readValues(client, rest);
    const stored = await client.readLine();
    if (stored !== "STORED") this.#takeError(stored);
    yield;
    yield await this.#readValues(client, [third]);
  }

  /** Reads the answer to a get of `keys`: values in this order, then END. */
  async #readValues(client: WireClient, keys: readonly string[]): Promise<void> {
    let at = 0;
    for (let line = await client.readLine(); line !== "END"; line = await client.readLine()) {
      const [word, key = "", , length] = line.split(" ");
      if (word !== "VALUE") {
        this.#takeError(line);
        return;
      }
      while (at < keys.length && keys[at] !== key) this.#takeMiss(keys[at++]!);
      const value = await client.readLine();
      if (at++ === keys.length || value !== key || Number(length) !== key.length) {
        throw new Error(`${line} ${value} is no answer to get ${keys.join(" ")}`);
      }
    }
    while (at < keys.length) this.#takeMiss(keys[at++]!);
  }

  #takeMiss(key: string): void {
    if (this.#options.misses !== true) throw new Error(`${key} is missing`);
  }

  #takeError(line: string): void {
    this.errors.push(line);
    if (this.#options.errors !== true || !line.startsWith("SERVER_ERROR ")) throw new Error(line);
  }
}
