import type { TurnClock } from "../../core/turn-clock.ts";
import type { RequestParser } from "../../memcache/request-parser.ts";
import type { Admission } from "../admission.ts";
import type { MemcacheListenerOptions } from "../listener-options.ts";
import type { StalledClients } from "../stalled-clients.ts";
import type { Router } from "./router.ts";
import type { Session } from "./session.ts";

/** What a session needs from its listener; the same object for all sessions, and swapped in place by a reload. */
export interface SessionHost {
  options: MemcacheListenerOptions;
  router: Router;
  block: Float64Array;
  readonly turn: TurnClock;
  /** One parser serves all sessions of a thread: its result lasts only until the next request. */
  readonly parser: RequestParser;
  /** New requests are held, not read. */
  paused: boolean;
  /** What all clients of the thread have under way together. */
  readonly admission: Admission;
  readonly stalled: StalledClients;
  /** `stats` of podmate itself: lines of name and value. */
  stats(kind: "general" | "settings"): readonly (readonly [string, string | number])[];
  log(level: "info" | "warn", fields: Record<string, unknown>, message: string): void;
  closed(session: Session): void;
}
