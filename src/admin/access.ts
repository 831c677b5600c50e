import type { FastifyInstance, FastifyRequest } from "fastify";
import { readRegularFile } from "../core/regular-file.ts";
import { bearerToken, isAmong, largestTokenFile, tokensIn } from "./bearer-token.ts";
import { type AccessSettings, type Caller, forwardFields, guardChange, guardRead, isLocal } from "./guard.ts";
import { Problem } from "./problem.ts";
import { RateLimit } from "./rate-limit.ts";

/** A request that changes something, and how it ended. */
export interface ChangeEntry {
  readonly method: string;
  /** The path as routes have it, such as `/pools/:pool`. */
  readonly route: string;
  readonly status: number;
  /** Address of the sender, or of the proxy before it; `unix` for a unix socket. */
  readonly from: string;
  /** Why it may; `no` if it may not. */
  readonly allowed: "loopback" | "token" | "no";
}

/** What is asked to decide who may do what. */
export interface AccessApi {
  settings(): AccessSettings;
  /** Monotonic time in ms. */
  now(): number;
  /** Told of every request that changes something, or would have. */
  changed(entry: ChangeEntry): void;
  /** The file of tokens cannot be read, so that no token counts. */
  noTokens(error: Error): void;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** It is guarded as a change is, though it is read: it costs or tells too much for everybody. */
    guarded?: boolean;
  }
}

/** Changes taken from callers on loopback, and as many from holders of the token. */
export const changeRate = { burst: 100, perSecond: 20 };

/**
 * Has every request looked at before its body is read: foreign names are refused, and what changes something is taken
 * only from those who may, not too often, and is told of.
 */
export function guardRoutes(server: FastifyInstance, api: AccessApi): void {
  const rates = {
    loopback: new RateLimit(changeRate, api.now()),
    token: new RateLimit(changeRate, api.now()),
  };
  const allowed = new WeakMap<FastifyRequest, keyof typeof rates>();

  server.addHook("onRequest", async (request) => {
    const settings = api.settings();
    const caller = await callerOf(request, settings, api);
    if (!isGuarded(request)) return guardRead(caller, settings);
    guardChange(caller, settings);
    const by = isLocal(caller) ? "loopback" : "token";
    allowed.set(request, by);
    const wait = rates[by].take(api.now());
    if (wait === 0) return;
    const after = { "retry-after": String(Math.ceil(wait / 1000)) };
    throw new Problem(429, "Too many requests", "changes come too fast; try again later", {}, after);
  });

  server.addHook("onResponse", async (request, reply) => {
    if (!isGuarded(request)) return;
    api.changed({
      method: request.method,
      route: request.routeOptions.url ?? "unknown",
      status: reply.statusCode,
      from: request.socket.remoteAddress ?? "unix",
      allowed: allowed.get(request) ?? "no",
    });
  });
}

function isGuarded({ method, routeOptions }: FastifyRequest): boolean {
  return (method !== "GET" && method !== "HEAD") || routeOptions.config?.guarded === true;
}

/** Who has sent a request, as far as it shows. */
export async function callerOf(
  { socket, headers }: FastifyRequest,
  settings: AccessSettings,
  api: AccessApi,
) {
  const given = bearerToken(headers.authorization);
  const caller: Caller = {
    remoteAddress: socket.remoteAddress,
    host: headers.host,
    origin: headers.origin,
    site: headers["sec-fetch-site"],
    isVisit: headers["sec-fetch-dest"] === "document",
    isForwarded: forwardFields.some((name) => headers[name] !== undefined),
    hasToken: given !== undefined && isAmong(given, await readTokens(settings, api)),
  };
  return caller;
}

/** Read each time, so that a token that has been exchanged counts at once; those who send one are few. */
async function readTokens({ token_file }: AccessSettings, api: AccessApi): Promise<readonly string[]> {
  if (token_file === null) return [];
  try {
    return tokensIn((await readRegularFile(token_file, largestTokenFile)).toString());
  } catch (error) {
    api.noTokens(error as Error);
    return [];
  }
}
