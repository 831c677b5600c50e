import { Problem } from "../admin/problem.ts";
import type { PoolsApi, PreviewChange, ServerChange } from "../admin/routes/pools.ts";
import { errorReason } from "../core/error-reason.ts";
import type { PoolOptions, ServerOptions } from "../upstream/pool-options.ts";
import type { AnswerParts } from "./admin-answers.ts";

/** Servers that a preview may have; their ring is built on the main thread. */
const mostServers = 1_000;

/** How the pools are, and what is asked of them. */
export function poolAnswers({ ambassador }: AnswerParts): PoolsApi {
  const poolOf = (name: string): PoolOptions => {
    const pool = ambassador.pool(name);
    if (pool === undefined) throw new Problem(404, "Not found", `there is no pool "${name}"`);
    return pool;
  };
  return {
    list: () => ambassador.pools(),
    hotKeys: () => ambassador.hotKeys(),
    ring: (pool, key) => ambassador.ring(pool, key),
    layout: (pool) => ambassador.layout(pool),
    async changeServer(pool, server, asked) {
      await checkWeights(poolOf(pool), [asked.weight]);
      const before = ambassador.overrides.find((each) => each.pool === pool && each.server === server);
      const change = merged(asked, before);
      await ambassador.changeServer(pool, server, change).catch((error: unknown) => {
        throw new Problem(409, "Not changed", errorReason(error));
      });
    },
    async preview(name, change) {
      const pool = poolOf(name);
      const found = change.servers === undefined ? pool.servers : await readServers(pool, change.servers);
      const servers = changed(found, change);
      await checkWeights(
        pool,
        servers.map(({ weight }) => weight),
      );
      const preview = await ambassador.preview(name, servers);
      if (preview === undefined) throw new Problem(404, "Not found", `there is no pool "${name}"`);
      return { ...preview, moves: [...preview.moves], servers: [...preview.servers] };
    },
  };
}

/** What is not said stays as it is. */
function merged(
  { state, weight }: ServerChange,
  before: Required<ServerChange> | undefined,
): Required<ServerChange> {
  return {
    state: state === undefined ? (before?.state ?? null) : state,
    weight: weight === undefined ? (before?.weight ?? null) : weight,
  };
}

async function checkWeights({ ring, name }: PoolOptions, weights: readonly unknown[]): Promise<void> {
  if (weights.every((weight) => typeof weight !== "number" || weight === 1)) return;
  const { distribution } = ring;
  const { distributionTable } = await import("../ring/distribution-table.ts");
  if (distributionTable[distribution].weights === "used") return;
  throw unprocessable(`the distribution ${distribution} of pool ${name} knows no weights`);
}

/** Servers in the form of the configuration, without variables of the environment. */
async function readServers(
  pool: PoolOptions,
  servers: readonly unknown[],
): Promise<readonly ServerOptions[]> {
  if (servers.length > mostServers) throw unprocessable(`more than ${mostServers} servers`);
  const { parseServers } = await import("../config/servers-file.ts");
  const port = pool.http === undefined ? 11211 : pool.tls === null ? 80 : 443;
  const read = parseServers(JSON.stringify(servers), "body", {}, port);
  if (!read.ok) throw unprocessable(read.errors.map(({ message }) => message).join("; "));
  return read.servers;
}

function changed(
  servers: readonly ServerOptions[],
  { weights = {}, drain = [] }: PreviewChange,
): readonly ServerOptions[] {
  for (const name of [...Object.keys(weights), ...drain]) {
    if (!servers.some(({ id }) => id === name)) throw unprocessable(`there is no server "${name}"`);
  }
  return servers.map((server) => {
    const weight = Object.hasOwn(weights, server.id) ? weights[server.id]! : server.weight;
    if (!Number.isInteger(weight) || weight < 1 || weight > 65_535)
      throw unprocessable(`the weight of "${server.id}" is not a whole number from 1 to 65535`);
    return { ...server, weight, drain: server.drain === true || drain.includes(server.id) };
  });
}

function unprocessable(detail: string): Problem {
  return new Problem(422, "Not possible", detail);
}
