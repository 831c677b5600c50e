import type { FastifyInstance } from "fastify";
import { serverStates } from "../../core/server-states.ts";
import {
  type Answer,
  count,
  counts,
  decimal,
  json,
  list,
  maybe,
  nullable,
  object,
  oneOf,
  text,
} from "../answer-terms.ts";
import { next, type PageQuery, pageOf, pageQuery } from "../page.ts";
import { type PoolEntry, pageOfPools, type ServerEntry, viewOf } from "../pool-entry.ts";
import {
  type HotKeysView,
  hotKeysView,
  hotKeyView,
  poolView,
  type ServerView,
  serverView,
} from "../pool-view.ts";
import { Problem } from "../problem.ts";
import { type KeyPlaceView, keyPlace, type RingLayoutView, ringLayout } from "../ring-view.ts";

/** What is asked about pools. */
export interface PoolsApi {
  list(): readonly PoolEntry[];
  /** Pools that have their most requested keys counted. */
  hotKeys(): Promise<readonly HotKeysView[]>;
  /** Changes a server while the daemon runs; rejects with a `Problem` where that cannot be. */
  changeServer(pool: string, server: string, change: ServerChange): Promise<void>;
  /** What would move in a pool; rejects with a `Problem` where the change makes no sense. */
  preview(pool: string, change: PreviewChange): Promise<Answer<typeof previewView>>;
  /** Who owns a key and why; undefined if there is no such pool. */
  ring(pool: string, key: string): Promise<KeyPlaceView | undefined>;
  /** The whole ring; undefined if there is no such pool. */
  layout(pool: string): Promise<RingLayoutView | undefined>;
}

const poolParams = object({ pool: text("Name of the pool.") });
const serverParams = object({ pool: text("Name of the pool."), server: text("Name of the server.") });
const serversQuery = object({
  state: maybe(oneOf(serverStates, "Only those.")),
  ...pageQuery,
});
const weight = (description: string) => count(description, { minimum: 1, maximum: 65_535 });

const serverChange = object({
  state: maybe(
    nullable(
      oneOf(
        ["ready", "drain"],
        "`drain`: no new requests, those in flight finish. null: as configured. Absent: as it is now.",
      ),
    ),
  ),
  weight: maybe(nullable(weight("Share of the keys. null: as configured. Absent: as it is now."))),
});
/** What is asked of a server. */
export type ServerChange = Answer<typeof serverChange>;

const previewChange = object({
  servers: maybe(
    list(
      json("An address, or a map as in the configuration."),
      "The servers instead of those there are, in the form of the configuration.",
    ),
  ),
  weights: maybe(counts("Other weights, by name of the server.")),
  drain: maybe(list(text("Name of a server."), "Servers that would drain, besides those that do.")),
});
/** What is tried out on a pool. */
export interface PreviewChange {
  readonly servers?: readonly unknown[];
  readonly weights?: Readonly<Record<string, number>>;
  readonly drain?: readonly string[];
}

const share = (description: string) => decimal(description, { minimum: 0, maximum: 1 });

const previewView = object({
  pool: text("Name of the pool."),
  sampled_keys: count("Keys that were looked at: a sample, the same on each call."),
  moved_share: share("Part of the keys that would have another server, 0 to 1."),
  moves: list(
    object({
      from: nullable(text("Who would lose keys; null: no server.")),
      to: nullable(text("Who would get them; null: no server.")),
      share: share("Part of all keys, 0 to 1."),
    }),
    "The largest share first.",
  ),
  servers: list(
    object({
      server: text("Name of the server."),
      share_before: share("Part of the keys that it holds, 0 to 1."),
      share_after: share("Part of the keys that it would hold, 0 to 1."),
    }),
    "What each server holds, and would hold.",
  ),
});

const serversPage = object({
  total: count("How many there are on all pages."),
  servers: list(serverView, "In the order of the configuration."),
  next,
});

const poolWithKeys = object({
  ...poolView.properties,
  hot_keys: maybe(list(hotKeyView, "Its most requested keys, where they are counted.")),
});

/** `/pools`, `/hotkeys`, `/ring` */
export function addPools(server: FastifyInstance, api: PoolsApi): void {
  server.get<{ Querystring: PageQuery }>(
    "/pools",
    {
      schema: {
        summary: "All pools with their servers",
        description:
          "Each with its first 100 servers. A page has fewer pools than asked for where they have many: it ends with the one that brings the servers on it to 1,000.",
        querystring: object(pageQuery),
        response: { 200: object({ pools: list(poolView, "In the order of the configuration."), next }) },
      },
    },
    ({ query }) => {
      const { items, next } = pageOfPools(api.list(), query);
      return { pools: items, next };
    },
  );
  server.get<{ Params: { pool: string } }>(
    "/pools/:pool",
    { schema: { summary: "A pool", params: poolParams, response: { 200: poolWithKeys } } },
    async ({ params }) => {
      const pool = viewOf(findPool(api, params.pool));
      const hotKeys = (await api.hotKeys()).find((view) => view.pool === params.pool);
      return hotKeys === undefined ? pool : { ...pool, hot_keys: hotKeys.keys };
    },
  );
  server.get<{ Params: { pool: string }; Querystring: Answer<typeof serversQuery> }>(
    "/pools/:pool/servers",
    {
      schema: {
        summary: "The servers of a pool",
        params: poolParams,
        querystring: serversQuery,
        response: { 200: serversPage },
      },
    },
    ({ params, query: { state, ...query } }) => {
      const { servers } = findPool(api, params.pool);
      const wanted = state === undefined ? servers : servers.filter((server) => server.state === state);
      const { items, next } = pageOf(wanted, ({ server }) => server, query);
      return { total: wanted.length, servers: items.map((server) => server.view()), next };
    },
  );
  server.get<{ Params: { pool: string; server: string } }>(
    "/pools/:pool/servers/:server",
    { schema: { summary: "A server of a pool", params: serverParams, response: { 200: serverView } } },
    ({ params }) => viewOfServer(api, params.pool, params.server),
  );
  server.post<{ Params: { pool: string; server: string }; Body: ServerChange }>(
    "/pools/:pool/servers/:server",
    {
      schema: {
        summary: "Let a server drain, take requests again, or weigh otherwise",
        description:
          "Lies over the configuration, reloads included, until it is taken back, the server leaves the pool or the process ends.",
        params: serverParams,
        body: serverChange,
        response: { 200: serverView },
      },
    },
    async ({ params, body }) => {
      findServer(api, params.pool, params.server);
      await api.changeServer(params.pool, params.server, body);
      return viewOfServer(api, params.pool, params.server);
    },
  );
  server.get<{ Querystring: PageQuery }>(
    "/hotkeys",
    {
      schema: {
        summary: "The most requested keys",
        querystring: object(pageQuery),
        response: { 200: object({ pools: list(hotKeysView, "Pools that have their keys counted."), next }) },
      },
    },
    async ({ query }) => {
      const { items, next } = pageOf(await api.hotKeys(), ({ pool }) => pool, query);
      return { pools: items, next };
    },
  );
  server.get<{ Params: { pool: string }; Querystring: { key?: string } }>(
    "/ring/:pool",
    {
      schema: {
        summary: "Who owns a key, and why; or the whole ring",
        params: poolParams,
        querystring: object({
          key: maybe(text("The key; without it, the ring is laid out.", { minLength: 1 })),
        }),
        response: { 200: { anyOf: [keyPlace, ringLayout] } },
      },
    },
    async ({ params: { pool }, query: { key } }) => {
      const answer = key === undefined ? await api.layout(pool) : await api.ring(pool, key);
      return answer ?? viewOf(findPool(api, pool));
    },
  );
  server.post<{ Params: { pool: string }; Body: PreviewChange }>(
    "/ring/:pool/preview",
    {
      schema: {
        summary: "Which share of the keys would move, if the servers were others",
        description: "Changes nothing.",
        params: poolParams,
        body: previewChange,
        response: { 200: previewView },
      },
    },
    ({ params, body }) => {
      findPool(api, params.pool);
      return api.preview(params.pool, body);
    },
  );
}

function viewOfServer(api: PoolsApi, pool: string, name: string): ServerView {
  return findServer(api, pool, name).view();
}

function findServer(api: PoolsApi, pool: string, name: string): ServerEntry {
  const found = findPool(api, pool).servers.find(({ server }) => server === name);
  if (found !== undefined) return found;
  throw new Problem(404, "Not found", `pool ${pool} has no server "${name}"`);
}

function findPool(api: PoolsApi, name: string): PoolEntry {
  const pools = api.list();
  const found = pools.find(({ pool }) => pool === name);
  if (found !== undefined) return found;
  const known = pools.map(({ pool }) => pool).join(", ");
  throw new Problem(404, "Not found", `there is no pool "${name}"; there are: ${known}`);
}
