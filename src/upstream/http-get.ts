import type { Client } from "undici";

/**
 * The HTTP client of what podmate asks for itself, loaded when it is first needed: it takes 18 MB of resident memory, and
 * the whole package 28.
 */
export async function loadUndici(): Promise<typeof Client> {
  return (await import("undici/lib/dispatcher/client.js")).default;
}

export interface GetOptions {
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest pause within the body, in ms; 0: no limit. The client's own if absent. */
  readonly bodyTimeout?: number;
  /** The connection is for this alone. */
  readonly reset?: boolean;
  /** Gives up, with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface PostOptions extends GetOptions {
  readonly body: string;
}

/** Told of an answer as it comes. What it throws ends the request, which then fails with it. */
export interface AnswerListener {
  /** Not told of interim answers (1xx). */
  onHead(status: number): void;
  onData(chunk: Buffer): void;
}

/** Asks for a path; resolves when the answer has come to its end, whatever its status. */
export function httpGet(client: Client, options: GetOptions, listener: AnswerListener): Promise<void> {
  return ask(client, { method: "GET" }, options, listener);
}

/** Posts to a path; the rest is as with `httpGet`. */
export function httpPost(client: Client, options: PostOptions, listener: AnswerListener): Promise<void> {
  return ask(client, { method: "POST", body: options.body }, options, listener);
}

/** Puts to a path; the rest is as with `httpGet`. */
export function httpPut(client: Client, options: PostOptions, listener: AnswerListener): Promise<void> {
  return ask(client, { method: "PUT", body: options.body }, options, listener);
}

function ask(
  client: Client,
  what: { readonly method: "GET" } | { readonly method: "POST" | "PUT"; readonly body: string },
  { path, headers, bodyTimeout, reset = false, signal }: GetOptions,
  listener: AnswerListener,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted) return Promise.reject(signal.reason);
  let abort = (error: Error): void => reject(error);
  const onAbort = (): void => abort(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  const listen = (tell: () => void): void => {
    try {
      tell();
    } catch (error) {
      abort(error as Error);
    }
  };
  client.dispatch(
    {
      ...what,
      path,
      headers: { ...headers },
      reset,
      ...(bodyTimeout !== undefined && { bodyTimeout }),
    },
    {
      onRequestStart(controller) {
        abort = (error) => controller.abort(error);
      },
      onResponseStart: (_controller, status) => listen(() => status >= 200 && listener.onHead(status)),
      onResponseData: (_controller, chunk) => listen(() => listener.onData(chunk)),
      onResponseEnd: () => resolve(),
      onResponseError: (_controller, error) => reject(error),
    },
  );
  return promise.finally(() => signal?.removeEventListener("abort", onAbort));
}
