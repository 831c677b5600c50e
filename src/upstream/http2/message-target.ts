import type { Http2Stream } from "node:http2";
import { ByteQueue } from "../../core/byte-queue.ts";
import type { ByteTarget } from "../../core/socket-writer.ts";
import { ChunkData } from "../../http1/chunk-data.ts";
import { ChunkedBody, chunked } from "../../http1/chunked-body.ts";
import { framing } from "../../http1/framing.ts";
import { parsed } from "../../http1/parsed.ts";
import { TrailerParser } from "../../http1/trailer-parser.ts";
import { addFields, createRecord, type HeaderRecord } from "./header-record.ts";

/** What the next bytes are. */
const expecting = { head: 0, length: 1, chunks: 2, trailers: 3, nothing: 4 } as const;

/** What podmate has read and written itself is not held to limits again. */
export const noLimits = { head: 2 ** 30, headers: 65_535, target: 2 ** 30 };

const trailers = new TrailerParser();
trailers.limits = noLimits;

/**
 * Sends a message on a stream of HTTP/2 that is written to it in the form of HTTP/1.1: head, content and trailers come
 * out as frames of their own. So whoever relays messages knows one form only. One message, then it is done.
 *
 *     writer → write → readHead → stream.respond / session.request
 *                    → content  → stream.write … stream.end, stream.sendTrailers
 */
export abstract class MessageTarget implements ByteTarget {
  /** null until there is one. */
  protected stream: Http2Stream | null = null;
  private expects: number = expecting.head;
  /** Bytes of the content that are to come. */
  private remaining = 0;
  private readonly chunks = new ChunkedBody();
  private readonly data = new ChunkData();
  /** A head or trailers of which a part has come. */
  private readonly input = new ByteQueue();
  private trailers: HeaderRecord | null = null;
  private done: ((error?: Error | null) => void) | null = null;

  /**
   * Reads a head at bytes[at, end) and sends it; returns where it ends, or -1 if it is not complete. If it is one that
   * content or the end follows, it calls `begin`.
   */
  protected abstract readHead(bytes: Buffer, at: number, end: number): number;

  /** What is written cannot be sent. */
  protected abstract fail(reason: string): void;

  /** Bytes that the stream has not sent. */
  get writableLength(): number {
    return this.stream === null || this.stream.destroyed ? 0 : this.stream.writableLength;
  }

  write(bytes: Buffer, done?: (error?: Error | null) => void): void {
    if (done !== undefined) this.done = done;
    if (bytes.length > 0) this.take(bytes);
    if (this.writableLength === 0) this.settle(null);
  }

  /** Forgets all: the stream has come to its end. */
  dispose(): void {
    this.expects = expecting.nothing;
    this.input.clear();
    this.settle(new Error("the stream has ended"));
  }

  /** The head has been sent on `stream`; content of this framing follows. */
  protected begin(stream: Http2Stream, body: number, length: number): void {
    this.stream = stream;
    // What follows the head at once goes with it.
    stream.cork();
    if (body === framing.length) {
      this.expects = expecting.length;
      this.remaining = length;
    } else if (body === framing.chunked) {
      this.expects = expecting.chunks;
      // It also comes when a stream is closed early.
      stream.on("wantTrailers", () => {
        if (this.trailers !== null && !stream.closed) stream.sendTrailers(this.trailers);
      });
    } else this.expects = expecting.nothing;
  }

  /** Whether there is a message that has not been written to its end. */
  get isIncomplete(): boolean {
    return this.expects !== expecting.nothing;
  }

  private take(bytes: Buffer): void {
    const { input } = this;
    if (input.length === 0) {
      const used = this.process(bytes, bytes.length);
      if (used < bytes.length && this.expects !== expecting.nothing) input.append(bytes, used, bytes.length);
    } else {
      input.append(bytes, 0, bytes.length);
      // The stream goes on reading from what it is handed.
      const whole = Buffer.from(input.buffer.subarray(0, input.length));
      input.clear();
      this.take(whole);
    }
  }

  /** Returns where an incomplete head, or trailers, begin. */
  private process(bytes: Buffer, end: number): number {
    let at = 0;
    this.stream?.cork();
    while (at < end && this.expects !== expecting.nothing) {
      const next = this.step(bytes, at, end);
      if (next < 0) break;
      at = next;
    }
    this.stream?.uncork();
    return at;
  }

  private step(bytes: Buffer, at: number, end: number): number {
    switch (this.expects) {
      case expecting.head:
        return this.readHead(bytes, at, end);
      case expecting.length: {
        const stop = Math.min(end, at + this.remaining);
        this.append(bytes, at, stop);
        this.remaining -= stop - at;
        if (this.remaining === 0) this.end();
        return stop;
      }
      case expecting.chunks: {
        const stop = this.chunks.scan(bytes, at, end);
        this.data.extract(bytes, at, stop, this);
        if (this.chunks.state === chunked.trailers) this.expects = expecting.trailers;
        else if (this.chunks.state === chunked.refused) this.refuse(this.chunks.problem!.reason);
        return stop;
      }
      default:
        return this.readTrailers(bytes, at, end);
    }
  }

  private readTrailers(bytes: Buffer, at: number, end: number): number {
    const result = trailers.parse(bytes, at, end);
    if (result === parsed.incomplete) return -1;
    if (result === parsed.refused) this.refuse(trailers.problem!.reason);
    else {
      this.trailers = createRecord();
      addFields(this.trailers, trailers.fields, bytes);
      this.end();
    }
    return end;
  }

  /**
   * Content for the stream; for `ChunkData`. Nothing is never written: Node aborts the process where a stream with trailers
   * is closed while an empty write of it goes out (nodejs/node issue 41458).
   */
  append(bytes: Uint8Array, start: number, end: number): void {
    if (end > start && this.stream?.writable) this.stream.write(bytes.subarray(start, end), this.onWritten);
  }

  private end(): void {
    this.expects = expecting.nothing;
    if (this.stream?.writable) this.stream.end();
  }

  private refuse(reason: string): void {
    this.expects = expecting.nothing;
    this.fail(reason);
  }

  private readonly onWritten = (error?: Error | null): void => {
    if (error || this.writableLength === 0) this.settle(error ?? null);
  };

  /** What was written has gone, or never will. */
  private settle(error: Error | null): void {
    const { done } = this;
    this.done = null;
    if (done !== null) queueMicrotask(() => done(error));
  }
}
