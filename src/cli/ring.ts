import { type RingView, ringView } from "../roles/ambassador/ring-view.ts";
import { choosePool, loadPools, withListedServers } from "./load-pools.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate ring -c FILE --pool P KEY…` */
export async function ring({ flags, words }: Invocation, terminal: Terminal): Promise<ExitCode> {
  const file = String(flags["config"]);
  const name = flags["pool"] === undefined ? undefined : String(flags["pool"]);
  const pool = withListedServers(choosePool(await loadPools(file, terminal), file, name), file);
  const views = words.map((key) => ringView(pool, key));
  terminal.out(flags["json"] === true ? `${JSON.stringify(views, null, 2)}\n` : views.map(sentence).join(""));
  return exitCode.done;
}

/** `greeting → cache-b (10.0.0.2:11211): fnv1a_64("greeting") = 2f6d3b1c; ketama point 2f6e0a11 is of "cache-b"` */
function sentence(view: RingView): string {
  const { key, owner, hash, hashed_part, hash_hex, point_hex, distribution } = view;
  if (owner === null) return `${key} → no server is in service\n`;
  const place = owner.server === owner.address ? owner.server : `${owner.server} (${owner.address})`;
  const hashed =
    hash_hex === null
      ? `${distribution} makes no use of the key here`
      : `${hash}(${JSON.stringify(hashed_part)}) = ${hash_hex}`;
  const found =
    point_hex === null ? `${distribution} chooses` : `${distribution} point ${point_hex} belongs to`;
  return `${key} → ${place}: ${hashed}; ${found} "${owner.ring_name}", weight ${owner.weight}\n`;
}
