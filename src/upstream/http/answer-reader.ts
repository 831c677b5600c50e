import { ChunkedBody, chunked } from "../../http1/chunked-body.ts";
import { framing } from "../../http1/framing.ts";
import { parsed } from "../../http1/parsed.ts";
import { ResponseParser } from "../../http1/response-parser.ts";
import { TrailerParser } from "../../http1/trailer-parser.ts";
import type { HttpCall } from "./http-call.ts";
import type { HttpServer } from "./http-server.ts";

/** What the next bytes from the server are. */
export const expecting = {
  nothing: 0,
  head: 1,
  length: 2,
  chunks: 3,
  trailers: 4,
  end: 5,
  tunnel: 6,
} as const;

/** One parser of each kind serves all connections of a thread: its result lasts only until the next head. */
const heads = new ResponseParser();
const trailers = new TrailerParser();

/** Follows the answers that come on one connection of HTTP/1.1, and gives each part to its call. */
export class AnswerReader {
  expects: number = expecting.nothing;
  /** The server goes on after this answer. */
  keepAlive = true;
  /** All of the answer has come. */
  isDone = false;
  /** What is wrong with the answer; null: nothing. */
  problem: string | null = null;
  private readonly server: HttpServer;
  /** Bytes of the body that are to come. */
  private remaining = 0;
  private readonly body = new ChunkedBody("server");
  /** Bytes of interim answers. */
  private interim = 0;

  constructor(server: HttpServer) {
    this.server = server;
  }

  /** Expects an answer. */
  begin(): void {
    this.expects = expecting.head;
    this.interim = 0;
    this.isDone = false;
  }

  /** The final head has come. */
  get isWithin(): boolean {
    return this.expects > expecting.head;
  }

  /** Takes one part of the answer to `call`; returns where it ends, or -1 if it is not complete. With a `problem`, nothing. */
  step(call: HttpCall, bytes: Buffer, at: number, end: number): number {
    switch (this.expects) {
      case expecting.head:
        return this.readHead(call, bytes, at, end);
      case expecting.length: {
        const stop = Math.min(end, at + this.remaining);
        this.remaining -= stop - at;
        this.isDone = this.remaining === 0;
        call.onBody(bytes, at, stop);
        return stop;
      }
      case expecting.chunks:
        return this.readChunks(call, bytes, at, end);
      case expecting.trailers:
        return this.readTrailers(call, bytes, at, end);
      default:
        call.onBody(bytes, at, end);
        return end;
    }
  }

  private readHead(call: HttpCall, bytes: Buffer, at: number, end: number): number {
    heads.limits = this.server.headLimits;
    const result = heads.parse(bytes, at, end, call.method);
    if (result === parsed.incomplete) return -1;
    if (result === parsed.refused) return this.refuse(heads.problem!.reason);
    const { status, headEnd, body } = heads;
    this.server.heard(call, status);
    if (status < 200 && status !== 101) {
      this.interim += headEnd - at;
      if (this.interim > this.server.headLimits.head) return this.refuse("interim answers without end");
      call.onHead(heads, bytes);
      return headEnd;
    }
    this.keepAlive = heads.keepAlive;
    this.remaining = heads.contentLength;
    if (body === framing.length) this.expects = expecting.length;
    else if (body === framing.chunked) {
      this.expects = expecting.chunks;
      this.body.reset();
    } else this.expects = expecting.end;
    const ends = body === framing.none || (body === framing.length && this.remaining === 0);
    call.onHead(heads, bytes);
    this.isDone = ends && this.expects !== (expecting.tunnel as number);
    return headEnd;
  }

  private readChunks(call: HttpCall, bytes: Buffer, at: number, end: number): number {
    const stop = this.body.scan(bytes, at, end);
    if (this.body.state === chunked.refused) return this.refuse(this.body.problem!.reason);
    if (stop > at) call.onBody(bytes, at, stop);
    if (this.body.state === chunked.trailers) this.expects = expecting.trailers;
    return this.body.next;
  }

  private readTrailers(call: HttpCall, bytes: Buffer, at: number, end: number): number {
    trailers.limits = this.server.headLimits;
    const result = trailers.parse(bytes, at, end);
    if (result === parsed.incomplete) return -1;
    if (result === parsed.refused) return this.refuse(trailers.problem!.reason);
    const { end: stop } = trailers;
    this.isDone = true;
    call.onTrailers(trailers, bytes);
    return stop;
  }

  private refuse(reason: string): number {
    this.problem = reason;
    return -1;
  }
}
