import type { FastifyInstance } from "fastify";
import { type Answer, count, flag, list, maybe, nullable, object, oneOf, text } from "../answer-terms.ts";

const mostPerPage = 1_000;

const connectionsView = object({
  connections: list(
    object({
      id: text("`WORKER-NUMBER`; numbers rise from connection to connection."),
      side: oneOf(["client", "server"], "Who is at the other end."),
      worker: count("Thread that holds it."),
      listener: nullable(text("Where the client has connected; null for a server.")),
      pool: nullable(text("Pool of the server; null for a client.")),
      server: nullable(text("Name of the server; null for a client.")),
      peer: text("Address and port of the other end; empty for a unix socket."),
      tls: flag("Whether it is encrypted."),
      since_unix_ms: count("Since when it stands, in ms since the Unix epoch."),
      requests: count("Requests that have begun on it."),
      read_bytes: count("Bytes read."),
      written_bytes: count("Bytes written."),
    }),
    "By worker, the oldest first. Those who come and go between two pages may be missing or seen once.",
  ),
  next: nullable(text("Give it as `after` for the next page; null where this is the last.")),
});

const query = object({
  side: maybe(oneOf(["client", "server"], "Only those.")),
  limit: maybe(count("Most connections in an answer.", { minimum: 1, maximum: mostPerPage, default: 100 })),
  after: maybe(text("`next` of the page before.", { pattern: "^\\d{1,4}-\\d{1,15}$" })),
});

/** A page of connections. */
export type ConnectionsView = Answer<typeof connectionsView>;

/** What is asked about connections. */
export interface ConnectionsApi {
  page(query: {
    readonly side: "client" | "server" | null;
    readonly limit: number;
    readonly after: { readonly worker: number; readonly serial: number } | null;
  }): Promise<ConnectionsView>;
}

/** `/connections` */
export function addConnections(server: FastifyInstance, api: ConnectionsApi): void {
  server.get<{ Querystring: Answer<typeof query> }>(
    "/connections",
    {
      schema: {
        summary: "Open connections, of clients and to servers",
        querystring: query,
        response: { 200: connectionsView },
      },
    },
    ({ query: { side = null, limit = 100, after } }) => {
      const [worker = 0, serial = 0] = (after ?? "").split("-").map(Number);
      return api.page({ side, limit, after: after === undefined ? null : { worker, serial } });
    },
  );
}
