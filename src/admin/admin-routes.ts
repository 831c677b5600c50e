import type { IncomingMessage, ServerResponse } from "node:http";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { AdminApi, PoolView } from "./admin-api.ts";
import { guardChange } from "./guard.ts";
import { Problem, problemAnswer, problemType } from "./problem.ts";

/** Answers what the probes do not: for operators and tools, and so only now and then. */
export interface AdminRoutes {
  answer(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** The routes of the management interface. Load this module only when one is asked for: fastify takes 12 MB. */
export async function openRoutes(api: AdminApi): Promise<AdminRoutes> {
  const server = fastify({
    // Its own logger is never asked: errors go to podmate's log in `tellProblem`.
    logger: false,
    bodyLimit: 1024 * 1024,
    // Errors that come up before there is a route, such as a bad escape in the path.
    frameworkErrors: (error, _request, reply) => void tellProblem(error, reply, api),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
  });
  server.addHook("onRequest", async (request) => {
    if (request.method === "GET" || request.method === "HEAD") return;
    guardChange({
      remoteAddress: request.socket.remoteAddress,
      host: request.headers.host,
      origin: request.headers.origin,
    });
  });
  server.setErrorHandler((error, _request, reply) => tellProblem(error, reply, api));
  server.setNotFoundHandler((request, reply) => {
    const problem = new Problem(
      404,
      "Not found",
      `there is no ${request.method} ${request.url.split("?")[0]}`,
    );
    return tellProblem(problem, reply, api);
  });
  addState(server, api);
  addPools(server, api);
  await server.ready();
  return { answer: (request, response) => server.routing(request, response), close: () => server.close() };
}

function addState(server: FastifyInstance, api: AdminApi): void {
  server.get("/config", () => api.config());
  server.get("/config/schema", (_request, reply) => {
    reply.type("application/schema+json");
    return api.configSchema();
  });
  server.post("/config/reload", async () => {
    const { ok, version, changes, errors } = await api.reload();
    if (!ok) throw new Problem(422, "Not reloaded", `version ${version} stays in force`, { version, errors });
    return { version, changes };
  });
  server.get("/lifecycle", () => api.lifecycle());
  server.get("/version", () => api.version());
}

function addPools(server: FastifyInstance, api: AdminApi): void {
  server.get("/pools", () => ({ pools: api.pools() }));
  server.get<{ Params: { pool: string } }>("/pools/:pool", async ({ params }) => {
    const pool = findPool(api, params.pool);
    const hotKeys = (await api.hotKeys()).find((view) => view.pool === params.pool);
    return hotKeys === undefined ? pool : { ...pool, hot_keys: hotKeys.keys };
  });
  server.get("/hotkeys", async () => ({ pools: await api.hotKeys() }));
  server.get<{ Params: { pool: string; server: string } }>("/pools/:pool/servers/:server", ({ params }) => {
    const found = findPool(api, params.pool).servers.find(({ server: id }) => id === params.server);
    if (found === undefined) {
      throw new Problem(404, "Not found", `pool ${params.pool} has no server "${params.server}"`);
    }
    return found;
  });
  server.get<{ Params: { pool: string }; Querystring: { key?: string } }>(
    "/ring/:pool",
    async ({ params, query }) => {
      if (typeof query.key !== "string" || query.key === "") {
        throw new Problem(400, "Bad request", `ask for one key: /ring/${params.pool}?key=KEY`);
      }
      return (await api.ring(params.pool, query.key)) ?? findPool(api, params.pool);
    },
  );
}

function findPool(api: AdminApi, name: string): PoolView {
  const pools = api.pools();
  const found = pools.find(({ pool }) => pool === name);
  if (found !== undefined) return found;
  const known = pools.map(({ pool }) => pool).join(", ");
  throw new Problem(404, "Not found", `there is no pool "${name}"; there are: ${known}`);
}

function tellProblem(error: unknown, reply: FastifyReply, api: AdminApi): FastifyReply {
  const { status, body } = problemAnswer(error, api.log);
  return reply.code(status).type(problemType).send(body);
}
