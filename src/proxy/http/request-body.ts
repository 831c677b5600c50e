import type { ByteQueue } from "../../core/byte-queue.ts";
import type { SocketWriter } from "../../core/socket-writer.ts";
import { ChunkedBody, chunked } from "../../http1/chunked-body.ts";
import { framing } from "../../http1/framing.ts";
import { parsed } from "../../http1/parsed.ts";
import type { RequestParser } from "../../http1/request-parser.ts";
import { TrailerParser } from "../../http1/trailer-parser.ts";
import { writeTrailers } from "./trailer-writer.ts";

/** One parser serves all requests of a thread: its result lasts only until the next trailers. */
const trailers = new TrailerParser();

/** Why a body is taken no further. */
export type BodyProblem = "bad-body" | "body-too-large";

/** Follows the body of a request, which goes to the server as it came. Recycled by `begin`. */
export class RequestBody {
  /** Nothing more of it is to come. */
  done = true;
  /** Bytes of it that have come, framing included. */
  length = 0;
  problem: BodyProblem | null = null;
  private framing: number = framing.none;
  private remaining = 0;
  private readonly chunks = new ChunkedBody();
  private inTrailers = false;
  /** Most bytes of content; 0: any number. */
  private longest = 0;

  /** Expects the body that a head has announced. `longest` content bytes are allowed; 0: any number. */
  begin(head: RequestParser, longest: number): void {
    this.framing = head.body;
    this.remaining = head.body === framing.length ? head.contentLength : 0;
    this.done = head.body === framing.none || (head.body === framing.length && this.remaining === 0);
    this.length = 0;
    this.longest = longest;
    this.problem = longest > 0 && this.remaining > longest ? "body-too-large" : null;
    this.inTrailers = false;
    if (head.body === framing.chunked) this.chunks.reset();
  }

  /**
   * Takes what belongs to the body from bytes[at, end) to `writer`, and to `copy` if there is one; returns where that ends,
   * or `at` where trailers are not complete. With a `problem`, what it returns means nothing.
   */
  take(
    bytes: Buffer,
    at: number,
    end: number,
    writer: SocketWriter,
    copy: ByteQueue | null,
    limits: Limits,
  ): number {
    let stop = at;
    if (this.framing === framing.length) {
      stop = Math.min(end, at + this.remaining);
      this.remaining -= stop - at;
      this.done = this.remaining === 0;
    } else if (this.inTrailers) {
      return this.takeTrailers(bytes, at, end, writer, copy, limits);
    } else {
      stop = this.chunks.scan(bytes, at, end);
      if (this.chunks.state === chunked.refused) this.problem = "bad-body";
      else if (this.longest > 0 && this.chunks.dataLength > this.longest) this.problem = "body-too-large";
      if (this.problem !== null) return stop;
      this.inTrailers = this.chunks.state === chunked.trailers;
    }
    this.length += stop - at;
    writer.append(bytes, at, stop);
    copy?.append(bytes, at, stop);
    return stop;
  }

  private takeTrailers(
    bytes: Buffer,
    at: number,
    end: number,
    writer: SocketWriter,
    copy: ByteQueue | null,
    limits: Limits,
  ): number {
    trailers.limits = limits;
    const result = trailers.parse(bytes, at, end);
    if (result === parsed.incomplete) return at;
    if (result === parsed.refused) {
      this.problem = "bad-body";
      return at;
    }
    writeTrailers(writer, trailers, bytes);
    if (copy !== null) writeTrailers(copy, trailers, bytes);
    this.done = true;
    return trailers.end;
  }
}

interface Limits {
  readonly head: number;
  readonly headers: number;
}
