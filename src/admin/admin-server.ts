import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Address } from "../core/address.ts";
import { loadHttp } from "../core/lazy-builtins.ts";
import type { AdminApi } from "./admin-api.ts";
import type { AdminRoutes } from "./admin-routes.ts";
import { findProbe } from "./probes.ts";
import { problemAnswer, problemType } from "./problem.ts";

/** The management interface, listening. */
export interface AdminServer {
  readonly address: Address;
  close(): Promise<void>;
}

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
    const { status, type, body } = await probe(api.probes, request.headers.accept);
    respond(response, status, type, body);
  }

  const server = loadHttp().createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const { status, body } = problemAnswer(error, api.log);
      respond(response, status, problemType, body);
    });
  });
  await open(server, listen);
  const bound = server.address();
  return {
    address:
      bound !== null && typeof bound === "object" && "port" in listen
        ? { ...listen, port: bound.port }
        : listen,
    async close() {
      // Those who follow something are told all of it before they are cut off.
      await (await routes)?.close();
      await closeServer(server);
    },
  };
}

function respond(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
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
