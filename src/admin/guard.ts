import { isIP } from "node:net";
import { Problem } from "./problem.ts";

/** What a request shows of where it comes from. */
export interface Origin {
  /** undefined for a unix socket. */
  readonly remoteAddress: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

/**
 * Lets a request that changes something pass, or throws why not: only from loopback or a unix socket, and never on
 * behalf of a web page. A page can make the operator's browser send requests here; its own name then stands in
 * Origin, or, with DNS rebinding, in Host.
 */
export function guardChange({ remoteAddress, host, origin }: Origin): void {
  if (remoteAddress !== undefined && !isLoopback(remoteAddress)) {
    throw new Problem(403, "Forbidden", `changes are taken from loopback only, not from ${remoteAddress}`);
  }
  if (host !== undefined && !isOwnName(hostName(host))) {
    throw new Problem(403, "Forbidden", `Host "${host}" is not an address of this interface`);
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new Problem(403, "Forbidden", `requests from pages of "${origin}" are refused`);
  }
}

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, "");
  return plain === "::1" || plain.startsWith("127.");
}

/** An IP address cannot be rebound, and `localhost` is nobody else's. */
function isOwnName(name: string): boolean {
  return name === "" || name === "localhost" || isIP(name) !== 0;
}

function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  return bracketed?.[1] ?? host.replace(/:\d*$/, "").toLowerCase();
}
