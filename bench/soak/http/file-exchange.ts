import type { Random } from "../random.ts";
import type { WireReader } from "../wire-reader.ts";
import { BodyCheck, readBody } from "./answer-body.ts";
import { type AnswerHead, OutOfStep } from "./answer-head.ts";
import type { Batch } from "./batch.ts";
import { bodyOf } from "./echo-rules.ts";
import { HttpExchange } from "./http-exchange.ts";
import { fileSize } from "./nginx-server.ts";

const keys = 50;
const longest = 100_000;

/** A part of the file that nginx serves. It answers with the request's first line, and the part says which it is. */
export class FileExchange extends HttpExchange {
  readonly #line: string;
  readonly #key: string;
  readonly #from: number;
  readonly #to: number;

  constructor(batch: Batch, random: Random) {
    const method = random.once(5) ? "HEAD" : "GET";
    const target = `/static/${random.below(1e9)}`;
    const key = `file-${random.below(keys)}`;
    const from = random.below(fileSize);
    const to = Math.min(fileSize - 1, from + random.below(longest));
    const head = `${method} ${target} HTTP/1.1\r\nHost: soak.test\r\nX-Key: ${key}\r\nRange: bytes=${from}-${to}\r\n\r\n`;
    super(batch, { kind: `${method} from nginx`, method, bytes: [head], later: [] });
    this.#line = `${method} ${target} ${key}`;
    this.#key = key;
    this.#from = from;
    this.#to = to;
  }

  protected identify({ fields, status }: AnswerHead): string {
    const line = fields.get("x-request");
    if (line !== this.#line) throw new OutOfStep(`${status} to "${line}" instead of "${this.#line}"`);
    return fields.get("x-server") ?? "";
  }

  protected async takeAnswer(reader: WireReader, head: AnswerHead, server: string): Promise<void> {
    const range = `bytes ${this.#from}-${this.#to}/${fileSize}`;
    if (head.status !== 206 || head.fields.get("content-range") !== range) {
      throw new OutOfStep(`status ${head.status}, ${head.fields.get("content-range")} instead of ${range}`);
    }
    const wanted = bodyOf(0, fileSize).subarray(this.#from, this.#to + 1);
    const body = new BodyCheck(wanted);
    await readBody(reader, head.end, body);
    if (this.sent.method === "GET") body.end();
    this.batch.verified(body.length);
    this.batch.atHome(this.#key, server);
  }
}
