import type { Address } from "../../core/address.ts";

/** What a data plane notices about a server and the control plane decides on. */
export interface ServerReport {
  readonly pool: string;
  readonly server: string;
  /** `failing`: `failures` failures in a row within the pool's window. `recovered`: an answer came again. */
  readonly state: "failing" | "recovered";
  /** The last failure, in words for the operator: `timeout`, `connect ECONNREFUSED`… */
  readonly reason: string;
}

/** What the control plane has decided or found out about a server; data planes follow it. */
export interface ServerUpdate {
  readonly pool: string;
  readonly server: string;
  /** Out of service until told otherwise. */
  readonly ejected: boolean;
  /** Where the server's name resolves to now; absent while unknown, or where the address is literal. */
  readonly resolved?: Address;
}
