import type { Client } from "undici";

/**
 * The HTTP client of what podmate asks for itself, loaded when it is first needed: it takes 18 MB of resident memory, and
 * the whole package 28.
 */
export async function loadUndici(): Promise<typeof Client> {
  return (await import("undici/lib/dispatcher/client.js")).default;
}

export interface GetOptions {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest pause within the body, in ms; 0: no limit. The client's own if absent. */
  readonly bodyTimeout?: number;
  /** The connection is for this alone. */
  readonly reset?: boolean;
  /** Gives up, with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Told of an answer as it comes. What it throws ends the request, which then fails with it. */
export interface AnswerListener {
  /** Not told of interim answers (1xx). */
  onHead(status: number): void;
  onData(chunk: Buffer): void;
}

/** Asks for a path; resolves when the answer has come to its end, whatever its status. */
export function httpGet(
  client: Client,
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
      method: "GET",
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
