import type { FastifyInstance } from "fastify";
import { type Answer, count, counts, flag, list, maybe, object, oneOf, text } from "../answer-terms.ts";
import { next, type PageQuery, pageOf, pageQuery } from "../page.ts";

const perRoute = "HTTP only: ";

const listenerView = object({
  listener: text("Name of the listener."),
  protocol: oneOf(["memcache", "http"], "What its clients speak."),
  address: text("`host:port`, `[ipv6]:port` or `unix:/path`, as it is bound."),
  tls: flag("Whether clients must speak TLS."),
  connections: count("Client connections open now."),
  connections_total: count("Client connections accepted."),
  requests: count("Requests received."),
  errors: counts("Errors on the side of the clients by kind."),
  routes: list(
    object({
      route: text("Its name, or the prefix of its keys; empty for what no other route takes."),
      takes: text("Which requests, for people."),
      pool: text("Where they go."),
      requests: maybe(count(`${perRoute}requests that it took and that have ended.`)),
      requests_failed: maybe(
        count(`${perRoute}those of them that the client got a status of 500 or more for.`),
      ),
      requests_in_flight: maybe(count(`${perRoute}requests whose answer is not complete.`)),
    }),
    "In order of precedence.",
  ),
});

/** A listener as `/listeners` shows it. */
export type ListenerView = Answer<typeof listenerView>;

/** What is asked about listeners. */
export interface ListenersApi {
  list(): readonly ListenerView[];
}

/** `/listeners` */
export function addListeners(server: FastifyInstance, api: ListenersApi): void {
  server.get<{ Querystring: PageQuery }>(
    "/listeners",
    {
      schema: {
        summary: "Where clients connect, and where their requests go",
        querystring: object(pageQuery),
        response: {
          200: object({ listeners: list(listenerView, "In the order of the configuration."), next }),
        },
      },
    },
    ({ query }) => {
      const { items, next } = pageOf(api.list(), ({ listener }) => listener, query);
      return { listeners: items, next };
    },
  );
}
