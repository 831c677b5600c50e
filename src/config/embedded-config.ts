import type { Address } from "../core/address.ts";
import { formatAddress } from "../core/address.ts";
import type { Config } from "./config.ts";
import { fillDefaults } from "./fill-defaults.ts";
import { normalize } from "./normalize.ts";
import { type ConfigForm, schema } from "./schema.ts";

/** Where the memcache ambassador of the embedded default listens: twemproxy's customary port. */
export const embeddedListen = "127.0.0.1:22121";

/**
 * What runs where no file is given: one memcache listener over the embedded servers at `servers`, the management
 * interface at its default.
 */
export function embeddedConfig(servers: readonly Address[]): Config {
  const given = {
    memcache: [{ name: "memcache", listen: embeddedListen, pool: "embedded" }],
    pools: { embedded: { servers: servers.map(formatAddress) } },
  };
  return normalize(fillDefaults(schema, given) as ConfigForm, { resolve: (path) => path, secret: () => "" });
}
