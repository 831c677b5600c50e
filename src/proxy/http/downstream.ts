import type { SocketWriter } from "../../core/socket-writer.ts";
import type { TurnClock } from "../../core/turn-clock.ts";
import type { HttpClientError } from "../../observe/http-metric-labels.ts";
import type { ListenerSession } from "../listener-protocol.ts";
import type { HttpSessionHost } from "./http-session-host.ts";
import type { OwnAnswer, OwnAnswerOptions } from "./own-answer.ts";
import type { RequestContext } from "./request-writer.ts";
import type { ViaLines } from "./response-writer.ts";

/** A client's connection as its listener sees it, whatever version of HTTP it speaks. */
export interface HttpClient extends ListenerSession {
  /** Looks whether the client keeps anybody waiting for too long; to be called about once a second. */
  checkTime(now: number): void;
}

/**
 * Where the request of an exchange comes from, and its answer goes: a connection of HTTP/1.1, or a stream of HTTP/2, which
 * both take the form of HTTP/1.1.
 */
export interface Downstream extends RequestContext {
  readonly host: HttpSessionHost;
  readonly turn: TurnClock;
  /** The line that every answer gets, by the version that it came in. */
  readonly viaLines: ViaLines;
  /** Takes the answer. */
  readonly writer: SocketWriter;
  /** The connection is to end when this request is answered. */
  readonly leaving: boolean;
  /** Requests that have begun on the connection. */
  readonly requests: number;
  /** Bytes that may be held in either direction before who sends them has to wait. */
  readonly room: number;
  /** The client has so much to take that it gets nothing more before it has. */
  readonly isClogged: boolean;
  /** Goes on with a body that had to wait. */
  proceed(): void;
  /** The exchange is over; `close`: no other request can follow on the connection. */
  exchangeEnded(close: boolean): void;
  /** Answers the request with an error of podmate's own. */
  answer(code: OwnAnswer, connection: OwnAnswerOptions["connection"], withBody: boolean): void;
  count(kind: HttpClientError): void;
  /** Takes no more; ends when what is said has been taken, and shows if that is not all. */
  end(): void;
  /** Ends at once, so that the client cannot take what it has for a whole answer. */
  reset(): void;
  /** The server's side of a tunnel has closed. */
  endTunnel(): void;
}
