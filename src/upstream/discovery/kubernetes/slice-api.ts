import { ApiRefusal, answerTimeout, ask, connected, Text } from "./api-connection.ts";
import { asList, asRecord, type EndpointSlice, readEndpointSlice } from "./endpoint-slice.ts";
import { JsonLines } from "./json-lines.ts";
import { type KubernetesAccess, readNamespace } from "./kubernetes-access.ts";
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

/** A watch is asked to last between this and twice as long, in s, so that not all podmates come back at one time. */
const watchSeconds = 300;
/** What a watch may last beyond what it was asked to, in ms, before it counts as dead. */
const watchGrace = 30_000;
/** Slices per page of a list; a page, and an event, may have that many bytes. */
const pageSize = 100;
const largestPage = 64 * 2 ** 20;
const largestEvent = 4 * 2 ** 20;
/** Where the Role is described that this needs. */
const roleIn = "docs/discovery.md";

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
    return connected(this.#access, async (connection) => {
      const slices: EndpointSlice[] = [];
      let page: Page = { items: [], version: "", next: "" };
      do {
        const query = { limit: String(pageSize), ...(page.next !== "" && { continue: page.next }) };
        const path = await this.#path(query);
        const text = new Text(largestPage);
        const options = { path, roleIn, bodyTimeout: answerTimeout, signal };
        await ask(
          connection,
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
    return connected(this.#access, async (connection) => {
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
        await ask(connection, { path, roleIn, bodyTimeout, signal }, onOpen, onData);
        return "ended";
      } catch (error) {
        if (error instanceof ApiRefusal && error.status === 410) return "gone";
        throw error;
      }
    });
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
