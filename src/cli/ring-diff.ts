import { keyMovement, type LabelledRing, type Movement } from "../ring/movement.ts";
import { createRing } from "../ring/ring.ts";
import type { PoolOptions } from "../upstream/pool-options.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { choosePool, loadPools } from "./load-pools.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate ring diff OLD NEW` */
export async function ringDiff({ flags, words }: Invocation, terminal: Terminal): Promise<ExitCode> {
  const [oldFile, newFile] = words as [string, string];
  const before = loadPools(oldFile, terminal);
  const after = loadPools(newFile, terminal);
  const asked = flags["pool"] === undefined ? undefined : String(flags["pool"]);
  const names = asked === undefined ? [...before.keys()].filter((name) => after.has(name)) : [asked];
  if (names.length === 0) {
    throw new CannotGoOn(exitCode.failed, `podmate: ${oldFile} and ${newFile} have no pool in common`);
  }
  const movements = names.map((name) => ({
    pool: name,
    ...keyMovement(labelled(choosePool(before, oldFile, name)), labelled(choosePool(after, newFile, name))),
  }));
  terminal.out(
    flags["json"] === true ? `${JSON.stringify(movements, null, 2)}\n` : movements.map(report).join("\n"),
  );
  return exitCode.done;
}

function labelled({ ring, servers }: PoolOptions): LabelledRing {
  return { locate: createRing(ring, servers).locate, ids: servers.map(({ id }) => id) };
}

function report({ pool, moved, moves, servers }: Movement & { readonly pool: string }): string {
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
