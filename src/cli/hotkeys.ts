import type { HotKeysView } from "../admin/pool-view.ts";
import { AdminClient } from "./admin-client.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

interface Page {
  readonly pools: readonly HotKeysView[];
  readonly next: string | null;
}

/** `podmate hotkeys` */
export async function hotkeys(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const { flags } = invocation;
  const all = await allHotKeys(new AdminClient(invocation, terminal));
  const { pool } = flags;
  const views = pool === undefined ? all : all.filter((view) => view.pool === pool);
  if (pool !== undefined && views.length === 0) {
    throw new CannotGoOn(
      exitCode.failed,
      `podmate: no keys are counted in a pool "${pool}": its hot_keys is off`,
    );
  }
  if (flags["json"] === true) terminal.out(`${JSON.stringify(views, null, 2)}\n`);
  else if (views.length === 0) terminal.out("no pool counts its keys: hot_keys is off\n");
  else terminal.out(views.map(report).join("\n"));
  return exitCode.done;
}

async function allHotKeys(client: AdminClient): Promise<HotKeysView[]> {
  const views: HotKeysView[] = [];
  for (let path = "/hotkeys"; ; ) {
    const { pools, next } = await client.json<Page>(path);
    views.push(...pools);
    if (next === null) return views;
    path = `/hotkeys?after=${encodeURIComponent(next)}`;
  }
}

function report({ pool, requests, keys }: HotKeysView): string {
  if (keys.length === 0) return `pool ${pool}: no requests yet\n`;
  const width = Math.max(...keys.map(({ key }) => key.length));
  const rows = keys.map(({ key, count, error }) => {
    const share = requests === 0 ? 0 : (100 * count) / requests;
    const doubt = error === 0 ? "" : `  (at most ${error} too many)`;
    return `  ${key.padEnd(width)}  ${String(count).padStart(9)}  ${share.toFixed(1).padStart(5)} %${doubt}\n`;
  });
  return `pool ${pool}: ${requests} counted\n${rows.join("")}`;
}
