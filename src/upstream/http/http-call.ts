import type { ResponseParser } from "../../http1/response-parser.ts";
import type { TrailerParser } from "../../http1/trailer-parser.ts";
import type { CallConnection } from "./call-connection.ts";
import type { HttpFailure } from "./http-failure.ts";

/**
 * One attempt to have a request answered by a server. Calls come in this order, bytes are valid during a call only:
 *
 *     onConnection → onHead (1xx)… → onHead → onBody… → onTrailers? → onEnd
 *
 * and `onFailure` may take the place of any of them; nothing follows it or `onEnd`.
 */
export interface HttpCall {
  /** Index of the request's method (`http1/request-parser.ts`): it decides whether an answer has a body. */
  readonly method: number;
  /** When the attempt began, and when it is to be over (Infinity: never); ms on the data plane's clock. */
  readonly start: number;
  readonly deadline: number;
  /** Since when nothing of the request is left to be sent, in ms; 0 while something is. */
  readonly sentAt: number;
  /** `done`: nothing more of it is to come; `length`: bytes that have. */
  readonly requestBody: { readonly done: boolean; readonly length: number };
  /** When the client last sent a part of it, in ms. */
  readonly heardAt: number;
  /** It has failed on a connection that had been idle, as others may have been for longer: it wants a new one. */
  readonly fresh: boolean;
  /** The connection is the call's own now; the request is to be written to it. */
  onConnection(connection: CallConnection): void;
  /** A head of an answer; `head.status` below 200 is followed by another one, except 101. */
  onHead(head: ResponseParser, bytes: Buffer): void;
  /** Bytes of the answer's body, with the framing that it has. */
  onBody(bytes: Buffer, start: number, end: number): void;
  /** What follows the last chunk: fields, or none. */
  onTrailers(trailers: TrailerParser, bytes: Buffer): void;
  onEnd(): void;
  /** The server has taken all that was waiting for it. */
  onWritable(): void;
  onFailure(failure: HttpFailure): void;
}
