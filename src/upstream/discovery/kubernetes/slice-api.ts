import type { Client } from "undici";
import { type GetOptions, httpGet, loadUndici } from "../../http-get.ts";
import { asList, asRecord, type EndpointSlice, readEndpointSlice } from "./endpoint-slice.ts";
import { JsonLines } from "./json-lines.ts";
import {
  type Credentials,
  type KubernetesAccess,
  readCredentials,
  readNamespace,
} from "./kubernetes-access.ts";
import type { SliceList, WatchEvent } from "./slice-book.ts";

/** What is asked of the API server about one Service. */
export interface SliceApi {
  /** All its EndpointSlices. */
  list(signal: AbortSignal): Promise<SliceList>;
  /**
   * Tells `onEvent` what changes after `version`. Resolves when the server ends the watch, which it does after a while;
   * `gone`: because it no longer knows that version.
   * @param onOpen called when the watch has been granted
   */
  watch(
    version: string,
    onOpen: () => void,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<"ended" | "gone">;
}

export interface Service {
  readonly service: string;
  /** null: the pod's own. */
  readonly namespace: string | null;
}

/** Times in ms: until a connection is open, until a head has come, and between two pieces of a list. */
const connectTimeout = 5_000;
const answerTimeout = 10_000;
/** A watch is asked to last between this and twice as long, in s, so that not all podmates come back at one time. */
const watchSeconds = 300;
/** What a watch may last beyond what it was asked to, in ms, before it counts as dead. */
const watchGrace = 30_000;
/** After this time without traffic the kernel asks whether the peer is still there, in ms. */
const keepAliveDelay = 30_000;
/** Slices per page of a list; a page, and an event, may have that many bytes. */
const pageSize = 100;
const largestPage = 64 * 2 ** 20;
const largestEvent = 4 * 2 ** 20;
const largestRefusal = 64 * 1024;

/** Talks to the API server, by a connection for each list and each watch. */
export class HttpSliceApi implements SliceApi {
  readonly #access: KubernetesAccess;
  readonly #service: Service;
  readonly #random: () => number;

  constructor(access: KubernetesAccess, service: Service, random: () => number) {
    this.#access = access;
    this.#service = service;
    this.#random = random;
  }

  list(signal: AbortSignal): Promise<SliceList> {
    return this.#connected(async (client, credentials) => {
      const slices: EndpointSlice[] = [];
      let page: Page = { items: [], version: "", next: "" };
      do {
        const query = { limit: String(pageSize), ...(page.next !== "" && { continue: page.next }) };
        const path = await this.#path(query);
        const text = new Text(largestPage);
        const options = { path, bodyTimeout: answerTimeout, signal };
        await ask(
          client,
          credentials,
          options,
          () => {},
          (chunk) => text.push(chunk),
        );
        page = readPage(JSON.parse(text.toString()));
        slices.push(...page.items.map(readEndpointSlice));
      } while (page.next !== "");
      return { slices, version: page.version };
    });
  }

  watch(
    version: string,
    onOpen: () => void,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<"ended" | "gone"> {
    return this.#connected(async (client, credentials) => {
      const seconds = Math.round(watchSeconds * (1 + this.#random()));
      const path = await this.#path({
        watch: "1",
        allowWatchBookmarks: "true",
        resourceVersion: version,
        timeoutSeconds: String(seconds),
      });
      const lines = new JsonLines(largestEvent);
      const onData = (chunk: Buffer): void => {
        for (const value of lines.push(chunk)) {
          const { type, object } = asRecord(value);
          onEvent({ type: String(type), object });
        }
      };
      try {
        const bodyTimeout = seconds * 1_000 + watchGrace;
        await ask(client, credentials, { path, bodyTimeout, signal }, onOpen, onData);
        return "ended";
      } catch (error) {
        if (error instanceof Refusal && error.status === 410) return "gone";
        throw error;
      }
    });
  }

  async #connected<T>(work: (client: Client, credentials: Credentials) => Promise<T>): Promise<T> {
    const credentials = await readCredentials(this.#access);
    const Client = await loadUndici();
    const client = new Client(credentials.origin, {
      connect: {
        timeout: connectTimeout,
        keepAliveInitialDelay: keepAliveDelay,
        ...(credentials.ca !== undefined && { ca: credentials.ca }),
      },
      headersTimeout: answerTimeout,
    });
    try {
      return await work(client, credentials);
    } finally {
      await client.destroy();
    }
  }

  async #path(query: Readonly<Record<string, string>>): Promise<string> {
    const { service, namespace } = this.#service;
    const home = namespace ?? (await readNamespace(this.#access));
    const parameters = new URLSearchParams({
      labelSelector: `kubernetes.io/service-name=${service}`,
      ...query,
    });
    return `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(home)}/endpointslices?${parameters}`;
  }
}

/** An answer of the API server that is not 200. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Asks for a path. Of a good answer `onOpen` is told the beginning and `onData` the body; any other rejects with the
 * server's own words.
 */
async function ask(
  client: Client,
  { token }: Credentials,
  options: Pick<GetOptions, "path" | "bodyTimeout" | "signal">,
  onOpen: () => void,
  onData: (chunk: Buffer) => void,
): Promise<void> {
  const headers = { accept: "application/json", authorization: `Bearer ${token}`, "user-agent": "podmate" };
  const refusal = new Text(largestRefusal);
  let status = 0;
  await httpGet(
    client,
    { ...options, headers },
    {
      onHead: (found) => {
        status = found;
        if (found === 200) onOpen();
      },
      onData: (chunk) => (status === 200 ? onData(chunk) : refusal.push(chunk)),
    },
  );
  if (status === 200) return;
  throw new Refusal(status, `the API server answers ${status}${explanation(status, refusal.toString())}`);
}

function explanation(status: number, text: string): string {
  const message = statusMessage(text);
  const hint = status === 403 ? "; see what docs/discovery.md says of the Role that is needed" : "";
  return `${message === "" ? "" : `: ${message}`}${hint}`;
}

/** The words of a `Status` object; empty where it is none. */
function statusMessage(text: string): string {
  try {
    const { message } = asRecord(JSON.parse(text));
    return typeof message === "string" ? message.slice(0, 500) : "";
  } catch {
    return "";
  }
}

/** A text that comes in pieces. */
class Text {
  readonly #longest: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  /** @param longest in bytes */
  constructor(longest: number) {
    this.#longest = longest;
  }

  push(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > this.#longest)
      throw new Error(`the API server's answer is longer than ${this.#longest} bytes`);
    // The client reads into the same memory again.
    this.#chunks.push(Buffer.from(chunk));
  }

  toString(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

interface Page {
  readonly items: readonly unknown[];
  readonly version: string;
  /** Token of the page after this one; empty where this is the last. */
  readonly next: string;
}

function readPage(value: unknown): Page {
  const { items, metadata } = asRecord(value);
  const { resourceVersion, continue: next } = asRecord(metadata);
  if (typeof resourceVersion !== "string") throw new Error("the API server's answer is no list");
  return { items: asList(items), version: resourceVersion, next: typeof next === "string" ? next : "" };
}
