import { isIP } from "node:net";
import { Problem } from "./problem.ts";

/** What a request shows of who has sent it. */
export interface Caller {
  /** undefined for a unix socket. */
  readonly remoteAddress: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`: how a browser says that the page which asks relates to this interface; others say nothing. */
  readonly site: string | undefined;
  /** `Sec-Fetch-Dest` is `document`: somebody has followed a link, and no page gets to see the answer. */
  readonly isVisit: boolean;
  /** It has come through a proxy, so the address is not that of the sender. */
  readonly isForwarded: boolean;
  /** It carries a token that counts. */
  readonly hasToken: boolean;
}

/** Who may change something, apart from callers on loopback. */
export interface AccessSettings {
  /** File of the tokens; null where no token counts. */
  readonly token_file: string | null;
  /** Names under which the interface is reached, besides IP addresses and `localhost`. */
  readonly hosts: readonly string[];
}

/**
 * Lets a request pass, or throws why not: never one that a web page may have sent by DNS rebinding, for then its own
 * name stands in Host. Whoever has the token is no such page.
 */
export function guardHost({ host, hasToken }: Caller, { hosts }: Pick<AccessSettings, "hosts">): void {
  if (hasToken || host === undefined || isOwnName(hostName(host), hosts)) return;
  const detail = `Host "${host}" is not a name of this interface; admin.hosts lists those that are`;
  throw new Problem(403, "Forbidden", detail);
}

/**
 * Lets a request that only reads pass, or throws why not. A page of another origin cannot see the answer, but what it
 * embeds would take the places of those who may, such as followers of the log. A link to this interface is fine.
 */
export function guardRead(caller: Caller, settings: Pick<AccessSettings, "hosts">): void {
  guardHost(caller, settings);
  if (!caller.isVisit) refuseForeignPage(caller);
}

/**
 * Lets a request that changes something pass, or throws why not: only from loopback, a unix socket or with the token,
 * and never on behalf of a web page of another origin.
 */
export function guardChange(caller: Caller, settings: AccessSettings): void {
  guardHost(caller, settings);
  const { host, origin, hasToken } = caller;
  if (hasToken) return;
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new Problem(403, "Forbidden", `requests from pages of "${origin}" are refused`);
  }
  refuseForeignPage(caller);
  if (isLocal(caller)) return;
  if (settings.token_file === null) {
    const from = caller.isForwarded ? "through a proxy" : `from ${caller.remoteAddress}`;
    throw new Problem(403, "Forbidden", `changes are taken from loopback only, not ${from}`);
  }
  const challenge = { "www-authenticate": 'Bearer realm="podmate"' };
  throw new Problem(401, "Unauthorized", "a change from here needs the bearer token", {}, challenge);
}

/**
 * Fetch Metadata (W3C working draft, 2.3) says it of requests without Origin, too, as those of images are. `same-site`
 * is another port of the same name: another program.
 */
function refuseForeignPage({ site, hasToken }: Caller): void {
  if (hasToken || (site !== "cross-site" && site !== "same-site")) return;
  throw new Problem(403, "Forbidden", `requests from pages of other origins are refused (${site})`);
}

/** Whether it comes from within the pod. */
export function isLocal({ remoteAddress, isForwarded }: Caller): boolean {
  return !isForwarded && (remoteAddress === undefined || isLoopback(remoteAddress));
}

/** Fields that proxies add; one of them behind loopback would lend the world its place there. */
export const forwardFields = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const;

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, "");
  return plain === "::1" || plain.startsWith("127.");
}

/** An IP address cannot be rebound, and `localhost` is nobody else's. */
function isOwnName(name: string, hosts: readonly string[]): boolean {
  const isGiven = hosts.some((host) => host.toLowerCase() === name);
  return name === "" || name === "localhost" || isIP(name) !== 0 || isGiven;
}

function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  return bracketed?.[1] ?? host.replace(/:\d*$/, "").toLowerCase();
}
