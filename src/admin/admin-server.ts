import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Address } from "../core/address.ts";
import { loadHttp } from "../core/lazy-builtins.ts";
import type { AdminApi } from "./admin-api.ts";
import type { AdminRoutes } from "./admin-routes.ts";
import { findProbe, type Probe } from "./probes.ts";
import { Problem, problemAnswer, problemType } from "./problem.ts";

/** The management interface, listening. */
export interface AdminServer {
  readonly address: Address;
  close(): Promise<void>;
}

/**
 * A client gets as long for a request and its head, in ms; and there are no more of them at once, so that what comes
 * here cannot use up the descriptors that traffic needs.
 */
const patience = { requestTimeout: 30_000, headersTimeout: 10_000 };
const mostConnections = 512;

/**
 * Starts the management interface; rejects if it cannot listen. Probes and scrapes are answered here, everything else
 * by the routes, which are loaded when first asked for: most daemons are probed all their life and nothing more.
 */
export async function startAdmin(listen: Address, api: AdminApi): Promise<AdminServer> {
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

  const server = await serve(listen, answer, api);
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
): Promise<AdminServer> {
  const server = loadHttp().createServer(patience, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      const { status, headers, body } = problemAnswer(error, log);
      respond(response, status, { ...headers, "content-type": problemType }, body);
    });
  });
  server.maxConnections = mostConnections;
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

function open(server: Server, listen: Address): Promise<void> {
  return new Promise((resolve, reject) => {
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
