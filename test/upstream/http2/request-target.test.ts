import type { ClientHttp2Stream } from "node:http2";
import { Writable } from "node:stream";
import t from "tap";
import { RequestTarget } from "../../../src/upstream/http2/request-target.ts";

const request = [
  "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
  "5\r\nhello\r\n1;some=extension\r\n \r\n5\r\nworld\r\n0\r\nX-Sum: 11\r\n\r\n",
].join("");

/** Keeps what is written to it, write by write. */
class KeptStream extends Writable {
  readonly writes: string[] = [];

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(bytes.toString());
    done();
  }
}

t.test("content goes on as it comes, and no write of it is empty, wherever the message is cut", async (t) => {
  for (let cut = 1; cut < request.length; cut++) {
    const stream = new KeptStream();
    const opener = {
      open: () => stream as unknown as ClientHttp2Stream,
      fail: (reason: string) => t.fail(reason),
      wrote: () => {},
    };
    const target = new RequestTarget(opener, "http");
    for (const part of [request.slice(0, cut), request.slice(cut)]) target.write(Buffer.from(part));
    const { writes } = stream;
    if (writes.join("") !== "hello world" || writes.includes("") || !stream.writableEnded)
      t.fail(`cut at ${cut}: ${JSON.stringify(writes)}`);
  }
  t.pass("all of them");
});
