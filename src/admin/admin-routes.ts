import type { IncomingMessage, ServerResponse } from "node:http";
import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { guardRoutes } from "./access.ts";
import type { AdminApi } from "./admin-api.ts";
import { KnownPaths } from "./known-paths.ts";
import { openapiOptions } from "./openapi.ts";
import { problemAnswer, problemType } from "./problem.ts";
import { addAccess } from "./routes/access.ts";
import { addActuator } from "./routes/actuator.ts";
import { addApp } from "./routes/app.ts";
import { addConfig } from "./routes/config.ts";
import { addConnections } from "./routes/connections.ts";
import { addDashboard } from "./routes/dashboard.ts";
import { addDebug } from "./routes/debug.ts";
import { addHistory } from "./routes/history.ts";
import { addLifecycle } from "./routes/lifecycle.ts";
import { addListeners } from "./routes/listeners.ts";
import { addLogs } from "./routes/logs.ts";
import { addOverview } from "./routes/overview.ts";
import { addPools } from "./routes/pools.ts";
import { addReplicate } from "./routes/replicate.ts";
import { addVersion } from "./routes/version.ts";
import { addYield } from "./routes/yield.ts";
import { schemaError } from "./schema-error.ts";

/** Answers what the probes do not: for operators and tools, and so only now and then. */
export interface AdminRoutes {
  answer(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** What is told is of this moment, and for who has asked; and it is what its type says. */
const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** The routes of the management interface. Load this module only when one is asked for: fastify takes 12 MB. */
export async function openRoutes(api: AdminApi): Promise<AdminRoutes> {
  const server = fastify({
    // Its own logger is never asked: errors go to podmate's log in `tellProblem`.
    logger: false,
    bodyLimit: 256 * 1024,
    // What a request asks for and nobody knows is refused, as in the configuration: `?dryrun` must change nothing.
    ajv: { customOptions: { removeAdditional: false } },
    // Errors that come up before there is a route, such as a bad escape in the path.
    frameworkErrors: (error, _request, reply) => void tellProblem(error, reply, api),
    schemaErrorFormatter: schemaError,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
  });
  // Answers say what they are; a test holds them to their schema, and nothing is dropped in silence.
  server.setSerializerCompiler(() => JSON.stringify);
  server.addHook("onRequest", async (_request, reply) => void reply.headers(headers));
  guardRoutes(server, api.access);
  server.setErrorHandler((error, _request, reply) => tellProblem(error, reply, api));
  knowPaths(server);
  await server.register(swagger, openapiOptions(api.version().version));
  addVersion(server, api);
  addAccess(server, api.access);
  addApp(server, api.app);
  addConfig(server, api.config);
  addDashboard(server);
  addDebug(server, api.debug);
  addLogs(server, api.logs);
  addOverview(server, api.overview);
  addHistory(server, api.history);
  addListeners(server, api.listeners);
  addPools(server, api.pools);
  addLifecycle(server, api.lifecycle);
  addYield(server, api.yielding);
  addReplicate(server, api.replicate);
  addConnections(server, api.connections);
  addActuator(server, api);
  await server.ready();
  return { answer: (request, response) => server.routing(request, response), close: () => server.close() };
}

/** What nobody answers is told so before its body is read, and after it is clear that the sender may ask at all. */
function knowPaths(server: FastifyInstance): void {
  const paths = new KnownPaths();
  server.addHook("onRoute", ({ url, method }) => paths.add(url, method));
  server.addHook("onRequest", async ({ is404, method, url }) => {
    if (is404) throw paths.problemOf(method, url.split("?", 1)[0]!);
  });
}

function tellProblem(error: unknown, reply: FastifyReply, api: AdminApi): FastifyReply {
  const { status, headers, body } = problemAnswer(error, api.log);
  return reply.code(status).headers(headers).type(problemType).send(body);
}
