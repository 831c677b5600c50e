import type { FastifyInstance } from "fastify";
import { json, list, maybe, object, text } from "../answer-terms.ts";
import {
  type HotKeysView,
  hotKeysView,
  hotKeyView,
  type PoolView,
  poolView,
  serverView,
} from "../pool-view.ts";
import { Problem } from "../problem.ts";

/** What is asked about pools. */
export interface PoolsApi {
  list(): readonly PoolView[];
  /** Pools that have their most requested keys counted. */
  hotKeys(): Promise<readonly HotKeysView[]>;
  /** Who owns a key and why; undefined if there is no such pool. */
  ring(pool: string, key: string): Promise<unknown>;
}

const poolParams = object({ pool: text("Name of the pool.") });
const serverParams = object({ pool: text("Name of the pool."), server: text("Name of the server.") });
const poolWithKeys = object({
  ...poolView.properties,
  hot_keys: maybe(list(hotKeyView, "Its most requested keys, where they are counted.")),
});

/** `/pools`, `/hotkeys`, `/ring` */
export function addPools(server: FastifyInstance, api: PoolsApi): void {
  server.get(
    "/pools",
    {
      schema: {
        summary: "All pools with their servers",
        response: { 200: object({ pools: list(poolView, "In the order of the configuration.") }) },
      },
    },
    () => ({ pools: api.list() }),
  );
  server.get<{ Params: { pool: string } }>(
    "/pools/:pool",
    { schema: { summary: "A pool", params: poolParams, response: { 200: poolWithKeys } } },
    async ({ params }) => {
      const pool = findPool(api, params.pool);
      const hotKeys = (await api.hotKeys()).find((view) => view.pool === params.pool);
      return hotKeys === undefined ? pool : { ...pool, hot_keys: hotKeys.keys };
    },
  );
  server.get<{ Params: { pool: string; server: string } }>(
    "/pools/:pool/servers/:server",
    { schema: { summary: "A server of a pool", params: serverParams, response: { 200: serverView } } },
    ({ params }) => {
      const found = findPool(api, params.pool).servers.find(({ server: id }) => id === params.server);
      if (found !== undefined) return found;
      throw new Problem(404, "Not found", `pool ${params.pool} has no server "${params.server}"`);
    },
  );
  server.get(
    "/hotkeys",
    {
      schema: {
        summary: "The most requested keys",
        response: { 200: object({ pools: list(hotKeysView, "Pools that have their keys counted.") }) },
      },
    },
    async () => ({ pools: await api.hotKeys() }),
  );
  server.get<{ Params: { pool: string }; Querystring: { key?: string } }>(
    "/ring/:pool",
    {
      schema: {
        summary: "Who owns a key, and why",
        params: poolParams,
        querystring: object({ key: maybe(text("The key.")) }),
        response: { 200: json("The key's place on the ring, its owner, and who comes next.") },
      },
    },
    async ({ params, query }) => {
      if (typeof query.key !== "string" || query.key === "") {
        throw new Problem(400, "Bad request", `ask for one key: /ring/${params.pool}?key=KEY`);
      }
      return (await api.ring(params.pool, query.key)) ?? findPool(api, params.pool);
    },
  );
}

function findPool(api: PoolsApi, name: string): PoolView {
  const pools = api.list();
  const found = pools.find(({ pool }) => pool === name);
  if (found !== undefined) return found;
  const known = pools.map(({ pool }) => pool).join(", ");
  throw new Problem(404, "Not found", `there is no pool "${name}"; there are: ${known}`);
}
