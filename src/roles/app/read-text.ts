import { readRegularFile } from "../../core/regular-file.ts";
import { httpGet, loadUndici } from "../../upstream/http-get.ts";
import type { TextSource } from "./app-options.ts";
import { BadText, tooLarge } from "./bad-text.ts";

export interface ReadOptions {
  /** Largest text, in bytes. */
  readonly limit: number;
  /** What an answer should be, for HTTP. */
  readonly accept: string;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/** Reads a text of the app's in UTF-8; rejects with why there is none. */
export async function readText(source: TextSource, options: ReadOptions): Promise<string> {
  const bytes =
    source.kind === "http"
      ? await readUrl(source.url, options)
      : await readFileStart(source.path, options.limit);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new BadText("malformed", "it is not UTF-8");
  }
}

/** The body of an answer of 2xx, asked for over a connection of its own. Redirects are not followed. */
export async function readUrl(url: string, { limit, accept, signal }: ReadOptions): Promise<Buffer> {
  const Client = await loadUndici();
  const { origin, host, pathname, search } = new URL(url);
  // What is too slow is given up by the signal.
  const client = new Client(origin, { headersTimeout: 0, bodyTimeout: 0 });
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    await httpGet(
      client,
      {
        path: pathname + search,
        headers: { host, accept, "user-agent": "podmate" },
        reset: true,
        signal,
      },
      {
        onHead(status) {
          if (status < 200 || status > 299) throw new Error(`it answers ${status}`);
        },
        onData(chunk) {
          length += chunk.length;
          if (length > limit) throw tooLarge(limit);
          chunks.push(chunk);
        },
      },
    );
  } finally {
    void client.destroy();
  }
  return Buffer.concat(chunks, length);
}

/** A file of at most `limit` bytes; see `readRegularFile`. */
export async function readFileStart(path: string, limit: number): Promise<Buffer> {
  const bytes = await readRegularFile(path, limit + 1);
  if (bytes.length > limit) throw tooLarge(limit);
  return bytes;
}
