import { type RingView, ringView } from "../roles/ambassador/ring-view.ts";
import { AdminClient } from "./admin-client.ts";
import { allPools } from "./all-pools.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { granted } from "./granted.ts";
import { choosePool, loadPools, withListedServers } from "./load-pools.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate ring [-c FILE] --pool P KEY…` */
export async function ring(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const { flags, words } = invocation;
  const name = flags["pool"] === undefined ? undefined : String(flags["pool"]);
  const file = flags["config"];
  const views =
    typeof file === "string"
      ? await placesInFile(file, invocation, name, terminal)
      : await placesNow(new AdminClient(invocation, terminal), name, words);
  terminal.out(flags["json"] === true ? `${JSON.stringify(views, null, 2)}\n` : views.map(sentence).join(""));
  return exitCode.done;
}

async function placesInFile(
  file: string,
  { flags, words }: Invocation,
  name: string | undefined,
  terminal: Terminal,
): Promise<RingView[]> {
  const pool = withListedServers(choosePool(await loadPools(file, flags, terminal), file, name), file);
  return words.map((key) => ringView(pool, key));
}

/** As the daemon places them, with whom serves them meanwhile. */
async function placesNow(
  client: AdminClient,
  name: string | undefined,
  keys: readonly string[],
): Promise<RingView[]> {
  const pool = name ?? (await onlyPool(client));
  const views: RingView[] = [];
  for (const key of keys) {
    const path = `/ring/${encodeURIComponent(pool)}?key=${encodeURIComponent(key)}`;
    views.push(granted<RingView>(await client.get(path), "owner"));
  }
  return views;
}

async function onlyPool(client: AdminClient): Promise<string> {
  const names = (await allPools(client)).map(({ pool }) => pool);
  const [first, second] = names;
  if (first !== undefined && second === undefined) return first;
  const message = `podmate: the daemon has ${names.length} pools; choose one with --pool: ${names.join(", ")}`;
  throw new CannotGoOn(exitCode.usage, message);
}

/** `greeting → cache-b (10.0.0.2:11211): fnv1a_64("greeting") = 2f6d3b1c; ketama point 2f6e0a11 is of "cache-b"` */
function sentence(view: RingView): string {
  const { key, owner, served_by, hash, hashed_part, hash_hex, point_hex, distribution } = view;
  if (owner === null) return `${key} → no server is in service\n`;
  const place = owner.server === owner.address ? owner.server : `${owner.server} (${owner.address})`;
  const hashed =
    hash_hex === null
      ? `${distribution} makes no use of the key here`
      : `${hash}(${JSON.stringify(hashed_part)}) = ${hash_hex}`;
  const found =
    point_hex === null ? `${distribution} chooses` : `${distribution} point ${point_hex} belongs to`;
  const now = served_by?.server === owner.server ? "" : `; now served by ${served_by?.server ?? "no server"}`;
  return `${key} → ${place}: ${hashed}; ${found} "${owner.ring_name}", weight ${owner.weight}${now}\n`;
}
