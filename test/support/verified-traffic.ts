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

/** Clients that ask without a pause and hold every answer against the key that it belongs to. */
export class VerifiedTraffic {
  /** Rounds of each client. */
  readonly rounds: number[];
  /** What went wrong, in words. */
  readonly failures: string[] = [];
  readonly #clients: WireClient[];
  readonly #loops: Promise<void>[] = [];
  #stopped = false;

  private constructor(clients: WireClient[]) {
    this.#clients = clients;
    this.rounds = clients.map(() => 0);
  }

  /** Starts `count` clients. */
  static async start(t: Teardown, address: Address, count: number): Promise<VerifiedTraffic> {
    const clients = await Promise.all(Array.from({ length: count }, () => WireClient.connect(address)));
    const traffic = new VerifiedTraffic(clients);
    t.teardown(() => traffic.stop());
    traffic.#loops.push(...clients.map((client, index) => traffic.#loop(client, index)));
    return traffic;
  }

  /** Waits until each client has had `count` more rounds answered. */
  async moreRounds(count = 10): Promise<void> {
    const before = [...this.rounds];
    await until(
      () => this.failures.length > 0 || this.rounds.every((rounds, i) => rounds >= before[i]! + count),
      "each client has more answers",
    );
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
    while (!this.#stopped && this.failures.length === 0) {
      const keys = Array.from({ length: 8 }, () => `k${random() % 1_000}`);
      const [first, second, third, ...rest] = keys as [string, string, string, ...string[]];
      const request = `get ${first}\r\nget ${rest.join(" ")}\r\nset ${second} 0 0 1\r\nx\r\nget ${third}\r\n`;
      const answer = `${blockOf(first)}END\r\n${rest.map(blockOf).join("")}END\r\nSTORED\r\n${blockOf(third)}END\r\n`;
      try {
        await client.exchange(request, answer);
      } catch (error) {
        this.failures.push(`client ${index}: ${(error as Error).message}`);
      }
      this.rounds[index]!++;
    }
  }
}
