import type { Address } from "../../src/core/address.ts";
import { ok, request } from "./http-messages.ts";
import { createRandomNumbers } from "./random-numbers.ts";
import type { ScriptedServer } from "./scripted-server.ts";
import type { Teardown } from "./teardown.ts";
import { until } from "./until.ts";
import { WireClient } from "./wire-client.ts";

/** Makes the server one that answers with its name, and with the target and the body of what it was asked. */
export function serveEchoes(server: ScriptedServer, name: string): void {
  server.answer((text) => {
    const [head = "", body = ""] = text.split("\r\n\r\n");
    return ok(`${name} ${head.split(" ")[1]} ${body}`);
  });
}

/** An answer: its status, its head, and its body. */
export interface HttpAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Reads an answer whose body's length is told. */
export async function readAnswer(client: WireClient): Promise<HttpAnswer> {
  const head = (await client.readUntil("\r\n\r\n")).toString("latin1");
  const length = Number(/^content-length: (\d+)\r$/im.exec(head)?.[1] ?? 0);
  const body = (await client.read(length)).toString("latin1");
  return { status: Number(head.split(" ")[1]), head, body };
}

export interface HttpTrafficOptions {
  /** Every third request is a POST; default true. */
  readonly posts?: boolean;
  /**
   * Connections may be closed in place of an answer's first byte, as they may when a request and an end meet. Such a request
   * is sent again, as HTTP clients do.
   */
  readonly mayBeClosed?: boolean;
}

/**
 * Clients that ask without a pause, each for paths of its own, and hold every answer against what it asked: an answer that
 * is another's, or none, is a failure. A client that is told `Connection: close` connects again.
 */
export class HttpTraffic {
  /** What went wrong, in words. */
  readonly failures: string[] = [];
  /** Answers of each client. */
  readonly answers: number[];
  /** Connections that were opened. */
  connects = 0;
  /** Which server has answered for a path last. */
  readonly homes = new Map<string, string>();
  /** Where to connect; may be changed on the way. */
  address: Address;
  readonly #options: HttpTrafficOptions;
  readonly #failed = new Set<number>();
  readonly #loops: Promise<void>[] = [];
  #stopped = false;

  private constructor(address: Address, count: number, options: HttpTrafficOptions) {
    this.address = address;
    this.#options = options;
    this.answers = new Array<number>(count).fill(0);
  }

  /** Starts `count` clients, which stop when the test ends. */
  static start(t: Teardown, address: Address, count: number, options: HttpTrafficOptions = {}): HttpTraffic {
    const traffic = new HttpTraffic(address, count, options);
    t.teardown(() => traffic.stop());
    for (let i = 0; i < count; i++) traffic.#loops.push(traffic.#loop(i));
    return traffic;
  }

  /** Waits until each client has had `count` more answers; fails if something went wrong for one of them. */
  async more(count = 20): Promise<void> {
    const before = [...this.answers];
    await until(
      () => this.failures.length > 0 || this.answers.every((answers, i) => answers >= before[i]! + count),
      "each client has more answers",
    );
    if (this.failures.length > 0) throw new Error(this.failures.join("\n"));
  }

  /** Lets the requests that are under way be answered, and hangs up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #loop(index: number): Promise<void> {
    const random = createRandomNumbers(index + 1);
    let client: WireClient | null = null;
    while (!this.#stopped && !this.#failed.has(index)) {
      try {
        client ??= await this.#connect();
        if (await this.#ask(client, index, random())) continue;
        await client.expectClose();
        client.close();
        client = null;
      } catch (error) {
        const unheard = client?.ended === "closed" && client.received.length === 0;
        if (this.#options.mayBeClosed === true && unheard) {
          client = null;
          continue;
        }
        this.#failed.add(index);
        this.failures.push(`client ${index}, answer ${this.answers[index]}: ${(error as Error).message}`);
      }
    }
    client?.close();
  }

  async #connect(): Promise<WireClient> {
    this.connects++;
    return await WireClient.connect(this.address);
  }

  /** One request; whether the connection goes on. */
  async #ask(client: WireClient, index: number, random: number): Promise<boolean> {
    const path = `/${random % 200}-of-${index}`;
    const target = `${path}?${this.answers[index]}`;
    const isPost = this.#options.posts !== false && random % 3 === 0;
    const body = isPost ? "x".repeat((random >>> 8) % 5_000) : "";
    const head =
      body === "" ? request("GET", target) : request("POST", target, `Content-Length: ${body.length}`);
    await client.send(head + body);
    const answer = await readAnswer(client);
    const [name = "", ...rest] = answer.body.split(" ");
    if (answer.status !== 200 || rest.join(" ") !== `${target} ${body}`) {
      throw new Error(`${target} was answered ${answer.status} ${JSON.stringify(answer.body.slice(0, 200))}`);
    }
    this.homes.set(path, name);
    this.answers[index]!++;
    return !/^connection: close\r$/im.test(answer.head);
  }
}
