import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Address } from "../core/address.ts";
import { loadHttp } from "../core/lazy-builtins.ts";
import { freeStaleSocket } from "../core/stale-socket.ts";
import type { AdminApi } from "./admin-api.ts";
import type { AdminRoutes } from "./admin-routes.ts";
import { type ConnectionBounds, ConnectionLimit } from "./connection-limit.ts";
import { findProbe, type Probe } from "./probes.ts";
import { Problem, problemAnswer, problemType } from "./problem.ts";

/** The management interface, listening. */
export interface AdminServer {
  readonly address: Address;
  close(): Promise<void>;
}

/** What clients may take up. Times in ms. */
export interface AdminLimits extends ConnectionBounds {
  /** For the head of a request, from the connection or the last answer on. */
  readonly headersTimeout: number;
  /** For a whole request. */
  readonly requestTimeout: number;
  /** Between two requests. */
  readonly keepAliveTimeout: number;
  /** Who takes nothing of an answer for so long is cut off. */
  readonly stall: number;
}

/** What comes here cannot use up the descriptors that traffic needs, nor the memory. */
const usualLimits: AdminLimits = {
  connections: 512,
  held: 64 * 2 ** 20,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  stall: 60_000,
};

/**
 * Starts the management interface; rejects if it cannot listen. Probes and scrapes are answered here, everything else
 * by the routes, which are loaded when first asked for: most daemons are probed all their life and nothing more.
 */
export async function startAdmin(
  listen: Address,
  api: AdminApi,
  limits: AdminLimits = usualLimits,
): Promise<AdminServer> {
  let routes: Promise<AdminRoutes> | null = null;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const probe = findProbe(request);
    if (probe === undefined) {
      routes ??= import("./admin-routes.ts").then(({ openRoutes }) => openRoutes(api));
      (await routes).answer(request, response);
      return;
    }
    await answerProbe(probe, api.probes, request, response);
  }

  const server = await serve(listen, answer, api, limits);
  return {
    address: server.address,
    async close() {
      // Those who follow something are told all of it before they are cut off.
      await (await routes)?.close();
      await server.close();
    },
  };
}

/** Starts a listener for probes and scrapes and nothing else, for where more people come by; rejects as `startAdmin`. */
export function startProbes(listen: Address, api: Pick<AdminApi, "probes" | "log">): Promise<AdminServer> {
  return serve(
    listen,
    async (request, response) => {
      const probe = findProbe(request);
      if (probe !== undefined) return answerProbe(probe, api.probes, request, response);
      throw new Problem(404, "Not found", "only probes and /metrics are served here");
    },
    api,
  );
}

async function serve(
  listen: Address,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  { log }: Pick<AdminApi, "log">,
  limits: AdminLimits = usualLimits,
): Promise<AdminServer> {
  const { headersTimeout, requestTimeout, keepAliveTimeout, stall } = limits;
  const patience = { headersTimeout, requestTimeout, keepAliveTimeout };
  const clients = new ConnectionLimit(limits);
  // How often the times are looked at; Node's own 30 s would make 40 of 10.
  const connectionsCheckingInterval = Math.min(5_000, headersTimeout);
  const server = loadHttp().createServer(
    { ...patience, connectionsCheckingInterval },
    (request, response) => {
      const { socket } = request;
      clients.begins(socket);
      response.once("close", () => clients.ends(socket));
      answer(request, response).catch((error: unknown) => {
        const { status, headers, body } = problemAnswer(error, log);
        respond(response, status, { ...headers, "content-type": problemType }, body);
      });
    },
  );
  server.on("connection", (socket) => clients.opened(socket));
  // Nothing has moved for long: whoever waits for an answer may wait, whoever does not take one may not.
  server.setTimeout(stall, (socket) => {
    if (!clients.isBusy(socket) || socket.writableLength > 0) socket.destroy();
  });
  await open(server, listen);
  const bound = server.address();
  const isPort = bound !== null && typeof bound === "object" && "port" in listen;
  return {
    address: isPort ? { ...listen, port: bound.port } : listen,
    close: () => closeServer(server),
  };
}

async function answerProbe(
  probe: Probe,
  api: AdminApi["probes"],
  { headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, type, body } = await probe(api, headers.accept);
  respond(response, status, { "content-type": type }, body);
}

function respond(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** A socket file that a daemon has left behind is replaced: one that was killed could not start again. */
async function open(server: Server, listen: Address): Promise<void> {
  if ("path" in listen) await freeStaleSocket(listen.path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen("path" in listen ? { path: listen.path } : { host: listen.host, port: listen.port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // A client that keeps its connection must not keep the daemon alive.
    server.closeAllConnections();
  });
}
