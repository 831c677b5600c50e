import type { Random } from "../random.ts";
import type { WireReader } from "../wire-reader.ts";
import { type AnswerHead, OutOfStep } from "./answer-head.ts";
import type { Batch } from "./batch.ts";
import { HttpExchange } from "./http-exchange.ts";

/** Heads that no proxy may pass on. */
const mistakes: readonly string[] = [
  "POST /smuggled HTTP/1.1\r\nHost: soak.test\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "POST /smuggled HTTP/1.1\r\nHost: soak.test\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
  "GET /smuggled HTTP/1.1\r\n\r\n",
  "GET /smuggled HTTP/1.1\r\nHost: soak.test\r\nX : y\r\n\r\n",
  "GET /smuggled HTTP/1.1\nHost: soak.test\n\n",
];

/** What podmate refuses with 400, whatever its servers do, and then closes the connection. */
export class RefusedExchange extends HttpExchange {
  constructor(batch: Batch, random: Random) {
    super(batch, { kind: "refused", method: "GET", bytes: [random.pick(mistakes)], later: [] });
  }

  protected identify({ status }: AnswerHead): string {
    throw new OutOfStep(`${status} to a request that is none`);
  }

  protected async takeAnswer(): Promise<void> {
    throw new OutOfStep("an answer to a request that is none");
  }

  protected override async takeOwn(
    reader: WireReader,
    { status, keepAlive, end }: AnswerHead,
  ): Promise<void> {
    if (status !== 400 || keepAlive) throw new OutOfStep(`${status} to a request that is none`);
    if (end.by === "length") await reader.bytes(end.length);
  }
}
