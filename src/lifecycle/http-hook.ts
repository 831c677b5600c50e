import { httpPost, loadUndici } from "../upstream/http-get.ts";
import { type HookNews, newsAsJson } from "./hook-news.ts";

/** Of an answer so many bytes are read; an app that says more is let go, for its status alone counts. */
const longestAnswer = 16 * 1024;

/** What ends the reading of an answer that is long enough. */
const enough = new Error("the answer is long");

/** Posts the news as JSON; rejects unless the answer is a 2xx. Redirects are not followed. */
export async function postNews(
  hook: string,
  url: string,
  news: HookNews,
  signal: AbortSignal,
): Promise<void> {
  const Client = await loadUndici();
  const { origin, pathname, search } = new URL(url);
  // What is too slow is given up by the signal.
  const client = new Client(origin, { headersTimeout: 0, bodyTimeout: 0 });
  let status = 0;
  let length = 0;
  try {
    await httpPost(
      client,
      {
        path: pathname + search,
        headers: { "content-type": "application/json" },
        body: newsAsJson(hook, news),
        reset: true,
        signal,
      },
      {
        onHead(head) {
          status = head;
        },
        onData(chunk) {
          length += chunk.length;
          if (length > longestAnswer) throw enough;
        },
      },
    );
  } catch (error) {
    if (error !== enough) throw error;
  } finally {
    void client.destroy();
  }
  if (status < 200 || status > 299) throw new Error(`it answered ${status}`);
}
