import type { Address } from "../../src/core/address.ts";
import { request } from "./http-messages.ts";
import { readAnswer } from "./http-traffic.ts";
import { createRandomNumbers } from "./random-numbers.ts";
import { WireClient } from "./wire-client.ts";

/** Where an app finds its podmate. */
export interface Places {
  readonly memcache: Address;
  readonly http: Address;
}

type Protocol = keyof Places;

/** A connection of an app, and how many requests it is good for before the app opens another. */
interface Line {
  readonly client: WireClient;
  left: number;
}

let apps = 0;

/**
 * An app that works all the time: clients of both protocols, each with one request after the other, of which some keep their
 * connection for long and some for one request. Every request has a name of its own and must get its own answer.
 */
export class BusyApp {
  /** What went wrong, in words. */
  readonly failures: string[] = [];
  /** Names of the requests that were answered. */
  readonly answered: string[] = [];
  /** Requests that were sent again, since the connection was closed in place of the first byte of their answer. */
  again = 0;
  readonly #name = `app${apps++}`;
  readonly #loops: Promise<void>[];
  #places: Places;
  /** Where to go when the connection is closed; null: that is a failure. */
  #successor: Places | null = null;
  #stopped = false;
  #inFlight = 0;
  /** Called when a request has come to its end. */
  #onEnd = (): void => {};

  constructor(places: Places, clients: number) {
    this.#places = places;
    this.#loops = Array.from({ length: clients }, (_, index) =>
      this.#work(index, index % 2 === 0 ? "memcache" : "http"),
    );
  }

  /** Requests that wait for their answer. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Resolves when so many requests have been answered, or something went wrong: be it that this takes a minute. */
  async hasAnswered(count: number): Promise<void> {
    const late = setTimeout(() => {
      this.failures.push(
        `${this.answered.length} answers in a minute, ${this.inFlight} requests are under way`,
      );
      this.#onEnd();
    }, 60_000);
    await new Promise<void>((resolve) => {
      this.#onEnd = () => {
        if (this.answered.length >= count || this.failures.length > 0) resolve();
      };
    });
    clearTimeout(late);
  }

  /** From now on podmate may close a connection, or refuse one: then the request goes to this one. */
  mayMoveTo(successor: Places): void {
    this.#successor = successor;
  }

  /** From now on all go there. */
  moveTo(places: Places): void {
    this.#places = places;
    this.#successor = null;
  }

  /** Begins no more requests, and hangs up when those under way are answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #work(index: number, protocol: Protocol): Promise<void> {
    const random = createRandomNumbers(index + 1);
    let line: Line | null = null;
    let places = this.#places;
    for (let count = 0; !this.#stopped; count++) {
      const name = `/${this.#name}-${index}-${count}`;
      const number = random();
      if (line === null || line.left-- === 0 || places !== this.#places) {
        line?.client.close();
        line = null;
        places = this.#places;
      }
      this.#inFlight++;
      try {
        line = await this.#ask(line, protocol, name, number);
        this.answered.push(name);
      } catch (error) {
        this.failures.push(`${protocol} ${name}: ${(error as Error).message}`);
        line?.client.close();
        line = null;
        if (this.failures.length > 20) return;
      } finally {
        this.#inFlight--;
        this.#onEnd();
      }
    }
    line?.client.close();
  }

  /** Gives the connection that is good for the next request, if there is one. */
  async #ask(line: Line | null, protocol: Protocol, name: string, random: number): Promise<Line | null> {
    let current = line;
    for (let attempt = 0; ; attempt++) {
      const place = this.#placeFor(attempt);
      let client: WireClient | null = null;
      try {
        current ??= { client: await WireClient.connect(place[protocol]), left: random % 8 === 0 ? 0 : 40 };
        client = current.client;
        const goesOn = await exchange(client, protocol, name, random);
        if (goesOn) return current;
        client.close();
        return null;
      } catch (error) {
        const unheard = client === null || (client.ended !== null && client.received.length === 0);
        client?.close();
        current = null;
        if (this.#successor === null || !unheard || attempt === 3) throw error;
        this.again++;
      }
    }
  }

  #placeFor(attempt: number): Places {
    return attempt === 0 || this.#successor === null ? this.#places : this.#successor;
  }
}

/** Sends a request and checks its answer; whether the connection goes on. */
async function exchange(
  client: WireClient,
  protocol: Protocol,
  name: string,
  random: number,
): Promise<boolean> {
  if (protocol === "memcache") {
    if (random % 3 === 0) await client.exchange(`set ${name} 0 0 5\r\nvalue\r\n`, "STORED\r\n");
    else await client.exchange(`get ${name}\r\n`, `VALUE ${name} 0 ${name.length}\r\n${name}\r\nEND\r\n`);
    return true;
  }
  const body = random % 3 === 0 ? "x".repeat((random >>> 8) % 5_000) : "";
  const lines = body === "" ? [] : [`Content-Length: ${body.length}`];
  await client.send(request(body === "" ? "GET" : "POST", name, ...lines) + body);
  const answer = await readAnswer(client);
  if (answer.status !== 200 || answer.body !== name + body)
    throw new Error(`answered ${answer.status} ${JSON.stringify(answer.body.slice(0, 200))}`);
  return !/^connection: close\r$/im.test(answer.head);
}
