import { keyMovement, type LabelledRing, type Movement } from "../ring/movement.ts";
import { createRing } from "../ring/ring.ts";
import type { PoolOptions } from "../upstream/pool-options.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { choosePool, loadPools, withListedServers } from "./load-pools.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate ring diff OLD NEW` */
export async function ringDiff({ flags, words }: Invocation, terminal: Terminal): Promise<ExitCode> {
  const [oldFile, newFile] = words as [string, string];
  const before = await loadPools(oldFile, flags, terminal);
  const after = await loadPools(newFile, flags, terminal);
  const asked = flags["pool"] === undefined ? undefined : String(flags["pool"]);
  const names = asked === undefined ? namesInBoth(before, after) : [asked];
  if (names.length === 0) {
    throw new CannotGoOn(
      exitCode.failed,
      `podmate: ${oldFile} and ${newFile} have no pool in common that lists its servers`,
    );
  }
  const movements = names.map((name) => {
    const from = withListedServers(choosePool(before, oldFile, name), oldFile);
    const to = withListedServers(choosePool(after, newFile, name), newFile);
    // There a key has no server of its own that it could move from.
    if (placesNothing(from) && placesNothing(to)) return { pool: name, ...nothingMoves };
    return { pool: name, ...keyMovement(labelled(from), labelled(to)) };
  });
  terminal.out(
    flags["json"] === true ? `${JSON.stringify(movements, null, 2)}\n` : movements.map(report).join("\n"),
  );
  return exitCode.done;
}

/** Pools whose servers are found are left out: the files do not tell them. */
function namesInBoth(before: Pools, after: Pools): string[] {
  const isListed = (pool: PoolOptions | undefined): boolean => pool !== undefined && !pool.discover;
  return [...before.keys()].filter((name) => isListed(before.get(name)) && isListed(after.get(name)));
}

function placesNothing({ ring }: PoolOptions): boolean {
  return ring.distribution === "random";
}

const nothingMoves: Movement = { keys: 0, moved: 0, moves: [], servers: [] };

type Pools = ReadonlyMap<string, PoolOptions>;

function labelled({ ring, servers }: PoolOptions): LabelledRing {
  return { locate: createRing(ring, servers).locate, ids: servers.map(({ id }) => id) };
}

function report({ pool, keys, moved, moves, servers }: Movement & { readonly pool: string }): string {
  if (keys === 0)
    return `pool ${pool}: no key moves, for the distribution random gives keys no server of their own\n`;
  const width = Math.max(...servers.map(({ id }) => id.length));
  const shares = servers.map(
    ({ id, before, after }) => `  ${id.padEnd(width)}  ${percent(before)} → ${percent(after)}\n`,
  );
  const routes = moves.map(
    ({ from, to, share }) => `  ${percent(share)}  ${from ?? "no server"} → ${to ?? "no server"}\n`,
  );
  return `pool ${pool}: ${percent(moved).trim()} of the keys move\n${shares.join("")}${routes.join("")}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`.padStart(8);
}
