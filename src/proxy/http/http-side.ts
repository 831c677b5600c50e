import { RequestParser } from "../../http1/request-parser.ts";
import { metricKey } from "../../observe/metric-key.ts";
import { HTTP_LISTENER } from "../../observe/metric-layout.ts";
import { HttpPool } from "../../upstream/http/http-pool.ts";
import { HttpServer } from "../../upstream/http/http-server.ts";
import type { UpstreamHost } from "../../upstream/upstream-host.ts";
import type { Snapshot } from "../listener-options.ts";
import type { ListenerProtocol } from "../listener-protocol.ts";
import type { ListenerSetOptions } from "../listener-set.ts";
import { Side } from "../side.ts";
import { AccessLog } from "./access-log.ts";
import type { HttpClient } from "./downstream.ts";
import type { HttpListenerOptions } from "./http-listener-options.ts";
import { HttpRouter } from "./http-router.ts";
import { HttpSession } from "./http-session.ts";
import type { HttpSessionHost } from "./http-session-host.ts";
import { ownAnswer } from "./own-answer.ts";

interface HttpTypes {
  readonly options: HttpListenerOptions;
  readonly router: HttpRouter;
  readonly session: HttpClient;
  readonly host: HttpSessionHost;
}

/** HTTP on one thread. */
export class HttpSide extends Side<HttpTypes, HttpServer, HttpPool> {
  private readonly accessLog: AccessLog;

  constructor(upstream: UpstreamHost, options: ListenerSetOptions) {
    const { clock } = options.turn;
    const accessLog = new AccessLog({ clock, send: (entries) => options.host.access(entries) });
    super(
      {
        protocol: httpProtocol(accessLog),
        poolsOf,
        kind: {
          createServer: (pool, server) => new HttpServer(pool, server, upstream),
          createPool: (pool, servers) => new HttpPool(pool, servers, upstream),
        },
        routers: (pools) => ({
          routerOf: ({ name, routes }) =>
            new HttpRouter(
              routes,
              (pool) => pools.get(pool) ?? missing(name, pool),
              (route) => options.host.block("httpRoute", metricKey(name, route)),
            ),
          commit() {},
        }),
      },
      options,
    );
    this.accessLog = accessLog;
  }

  override closePools(): void {
    super.closePools();
    this.accessLog.flush();
  }
}

function missing(listener: string, pool: string): never {
  throw new Error(`listener ${listener} names a pool that is not there: ${pool}`);
}

function poolsOf({ pools }: Snapshot) {
  return Object.values(pools).filter((pool) => pool.http !== undefined);
}

/** One parser serves all sessions of a thread: its result lasts only until the next head. */
const parser = new RequestParser();

const httpProtocol = (accessLog: AccessLog): ListenerProtocol<HttpTypes> => ({
  entity: "httpListener",
  counters: HTTP_LISTENER,
  listenersOf: (snapshot) => snapshot.http ?? [],
  alpn: ({ http2 }) => (http2 ? ["h2", "http/1.1"] : null),
  createHost: (base): HttpSessionHost => Object.assign(base, { parser, accessLog }),
  createSession: (host, socket, secure) => new HttpSession(host, socket, secure),
  refusal(draining) {
    const title = draining ? "Shutting down" : "Too many connections are open";
    const code = draining ? "draining" : "too-many-connections";
    return ownAnswer(503, code, title, { connection: "close", withBody: true });
  },
  checkTime: (session, _, now) => session.checkTime(now),
});
