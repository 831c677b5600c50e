import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Teardown } from "./teardown.ts";
import { until } from "./until.ts";

/** A request of podmate, to be answered by hand. */
export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string;
  /** Resolves when all of it has come. */
  readonly body: Promise<string>;
  readonly response: ServerResponse;
  /** Resolves when the asker has gone. */
  readonly closed: Promise<void>;
}

/** An API server of Kubernetes on a free port of 127.0.0.1. */
export class FakeApiServer {
  readonly #server: Server;
  readonly requests: ApiRequest[] = [];
  /** Answers each request as it comes; without it a test does. */
  onRequest: (request: ApiRequest) => void = () => {};
  #port = 0;
  #secure: boolean;

  constructor(tls?: { readonly cert: Buffer; readonly key: Buffer }) {
    const listener: RequestListener = (request, response) => this.#take(request, response);
    this.#server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
    this.#secure = tls !== undefined;
  }

  async start(t: Teardown): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    t.teardown(async () => {
      this.#server.closeAllConnections();
      await new Promise((resolve) => this.#server.close(resolve));
    });
    return this;
  }

  get origin(): string {
    return `${this.#secure ? "https" : "http"}://127.0.0.1:${this.#port}`;
  }

  /** The request of that number, once it is there. */
  async request(index: number): Promise<ApiRequest> {
    await until(() => this.requests.length > index, `request ${index}`);
    return this.requests[index]!;
  }

  /** Answers the request of that number; an object is JSON, and a list of items a list of slices. */
  async answer(index: number, status: number, body: unknown): Promise<ApiRequest> {
    const request = await this.request(index);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    request.response.writeHead(status, { "content-type": "application/json" }).end(text);
    return request;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push({
      method: request.method ?? "",
      body: text(request),
      url: new URL(request.url ?? "", this.origin),
      authorization: request.headers.authorization ?? "",
      response,
      closed: new Promise((resolve) => response.once("close", () => resolve())),
    });
    this.onRequest(this.requests.at(-1)!);
  }
}

export function sliceList(version: string, items: readonly unknown[], next = "") {
  return { kind: "EndpointSliceList", metadata: { resourceVersion: version, continue: next }, items };
}
