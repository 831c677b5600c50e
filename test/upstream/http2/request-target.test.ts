import type { ClientHttp2Stream } from "node:http2";
import { Writable } from "node:stream";
import t from "tap";
import { RequestTarget } from "../../../src/upstream/http2/request-target.ts";

const head = "POST /upload HTTP/1.1\r\nHost: a\r\n";
const requests = [
  {
    text: `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;some=extension\r\n \r\n5\r\nworld\r\n0\r\nX-Sum: 11\r\n\r\n`,
    content: "hello world",
  },
  { text: `${head}Content-Length: 11\r\n\r\nhello world`, content: "hello world" },
  { text: `${head}Transfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 0\r\n\r\n`, content: "" },
  { text: `${head}Content-Length: 0\r\n\r\n`, content: "" },
];

/** Keeps what is written to it, write by write. */
class KeptStream extends Writable {
  readonly writes: string[] = [];

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(bytes.toString());
    done();
  }
}

for (const { text, content } of requests) {
  t.test(`no write is empty, wherever it is cut: ${JSON.stringify(text)}`, async (t) => {
    for (let cut = 1; cut <= text.length; cut++) {
      const stream = new KeptStream();
      const opener = {
        open: () => stream as unknown as ClientHttp2Stream,
        headLimit: Number.POSITIVE_INFINITY,
        fail: (_: string, reason: string) => t.fail(reason),
        wrote: () => {},
      };
      const target = new RequestTarget(opener, "http");
      for (const part of [text.slice(0, cut), text.slice(cut)]) target.write(Buffer.from(part));
      const { writes } = stream;
      if (writes.join("") !== content || writes.includes("") || target.isIncomplete)
        t.fail(`cut at ${cut}: ${JSON.stringify(writes)}`);
    }
    t.pass("all of them");
  });
}

t.test("a head that cannot be read is not sent, and fails as the table of outcomes has it", async (t) => {
  const failures: string[] = [];
  const opener = {
    open: () => t.fail("it is not sent") as never,
    headLimit: Number.POSITIVE_INFINITY,
    fail: (end: string) => failures.push(end),
    wrote: () => {},
  };
  new RequestTarget(opener, "http").write(Buffer.from("GET / HTTP/1.1\r\nHost: a\r\nno field\r\n\r\n"));
  t.same(failures, ["unsendable"]);
});
