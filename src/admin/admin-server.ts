import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { Address } from "../core/address.ts";
import type { AdminApi, PoolView, Reasons } from "./admin-api.ts";
import { guardChange } from "./guard.ts";
import { asProblem, Problem } from "./problem.ts";

/** The management interface, listening. */
export interface AdminServer {
  readonly address: Address;
  close(): Promise<void>;
}

/** Starts the management interface; rejects if it cannot listen. */
export async function startAdmin(listen: Address, api: AdminApi): Promise<AdminServer> {
  const server = fastify({
    // Its own logger is never asked: errors go to podmate's log in `tellProblem`.
    logger: false,
    // A client that keeps its connection must not keep the daemon alive.
    forceCloseConnections: true,
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
  addProbes(server, api);
  addState(server, api);
  addPools(server, api);

  await server.listen("path" in listen ? { path: listen.path } : { host: listen.host, port: listen.port });
  const bound = server.server.address();
  return {
    address:
      bound !== null && typeof bound === "object" && "port" in listen
        ? { ...listen, port: bound.port }
        : listen,
    close: () => server.close(),
  };
}

function addProbes(server: FastifyInstance, api: AdminApi): void {
  server.get("/live", (_request, reply) => tellReasons(reply, "live", api.live()));
  server.get("/ready", (_request, reply) => tellReasons(reply, "ready", api.ready()));
  server.get("/startup", (_request, reply) => tellReasons(reply, "started", api.started()));
  server.get("/health", (_request, reply) => tellReasons(reply, "healthy", [...api.live(), ...api.ready()]));
}

function addState(server: FastifyInstance, api: AdminApi): void {
  server.get("/metrics", async (_request, reply) => {
    const { type, text } = await api.metrics();
    return reply.type(type).send(text);
  });
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

function tellReasons(reply: FastifyReply, question: string, reasons: Reasons): FastifyReply {
  const yes = reasons.length === 0;
  return reply.code(yes ? 200 : 503).send({ [question]: yes, reasons });
}

function tellProblem(error: unknown, reply: FastifyReply, api: AdminApi): FastifyReply {
  const problem = asProblem(error);
  if (problem.status >= 500) api.log({ err: error }, "management request failed");
  return reply.code(problem.status).type("application/problem+json").send(JSON.stringify(problem));
}
