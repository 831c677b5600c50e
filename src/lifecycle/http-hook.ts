import { httpPost, loadUndici } from "../upstream/http-get.ts";
import { type HookNews, newsAsJson } from "./hook-news.ts";

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
        onData() {},
      },
    );
  } finally {
    void client.destroy();
  }
  if (status < 200 || status > 299) throw new Error(`it answered ${status}`);
}
