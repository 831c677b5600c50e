import type { TurnClock } from "../../core/turn-clock.ts";
import type { RequestParser } from "../../http1/request-parser.ts";
import type { Admission } from "../admission.ts";
import type { StalledClients } from "../stalled-clients.ts";
import type { AccessLog } from "./access-log.ts";
import type { HttpClient } from "./downstream.ts";
import type { HttpListenerOptions } from "./http-listener-options.ts";
import type { HttpRouter } from "./http-router.ts";

/** What a session needs from its listener; the same object for all sessions, and swapped in place by a reload. */
export interface HttpSessionHost {
  options: HttpListenerOptions;
  router: HttpRouter;
  block: Float64Array;
  readonly turn: TurnClock;
  /** One parser serves all sessions of a thread: its result lasts only until the next head. */
  readonly parser: RequestParser;
  /** New requests are held, not read. */
  paused: boolean;
  /** What all clients of the thread have under way together. */
  readonly admission: Admission;
  readonly stalled: StalledClients;
  /** Takes the requests that are to be logged (`options.access_log`). */
  readonly accessLog: AccessLog;
  log(level: "info" | "warn", fields: Record<string, unknown>, message: string): void;
  closed(session: HttpClient): void;
  /** A client goes on in another protocol. */
  replaced(session: HttpClient, by: HttpClient): void;
}
