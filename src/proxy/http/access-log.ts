import type { HttpExchange } from "./http-exchange.ts";
import type { HttpSession } from "./http-session.ts";

/** Takes a line per request, or of a share of them. */
export interface AccessLog {
  /** The exchange is over; what it has to say is valid during the call only. */
  note(exchange: HttpExchange, session: HttpSession): void;
}
