import { formatAddress } from "../../core/address.ts";
import { version } from "../../core/version.ts";
import { command } from "../../observe/metric-labels.ts";
import { LISTENER, POOL } from "../../observe/metric-layout.ts";
import { protocolVersion } from "./own-version.ts";
import type { SessionHost } from "./session-host.ts";

type Line = readonly [name: string, value: string | number];

const started = Math.floor(performance.timeOrigin / 1000);

/**
 * podmate's own `stats` and `stats settings`, under the names that memcached gives them (doc/protocol.txt, "General-
 * purpose statistics") where there is such a name. They are those of one listener on one worker; `/metrics` has all.
 */
export function ownStats(kind: "general" | "settings", host: SessionHost): readonly Line[] {
  return kind === "general" ? general(host) : settings(host);
}

function general({ block, router }: SessionHost): Line[] {
  const now = Math.floor(Date.now() / 1000);
  const { user, system } = process.cpuUsage();
  const requests = (...names: (keyof typeof command)[]) =>
    names.reduce((sum, name) => sum + block[LISTENER.requests + command[name]]!, 0);
  const pools = (offset: number) => router.pools.reduce((sum, pool) => sum + pool.block[offset]!, 0);
  return [
    ["pid", process.pid],
    ["uptime", now - started],
    ["time", now],
    ["version", protocolVersion],
    ["podmate_version", version],
    ["pointer_size", 64],
    ["rusage_user", (user / 1e6).toFixed(6)],
    ["rusage_system", (system / 1e6).toFixed(6)],
    ["curr_connections", block[LISTENER.openConnections]!],
    ["total_connections", block[LISTENER.connections]!],
    ["cmd_get", requests("get", "gets", "mg")],
    ["cmd_set", requests("set", "add", "replace", "append", "prepend", "cas", "ms")],
    ["cmd_flush", requests("flush_all")],
    ["cmd_touch", requests("touch", "gat", "gats")],
    ["cmd_meta", requests("mg", "ms", "md", "ma", "me", "mn")],
    ["get_hits", pools(POOL.hits)],
    ["get_misses", pools(POOL.misses)],
    ["bytes_read", block[LISTENER.readBytes]!],
    ["bytes_written", block[LISTENER.writtenBytes]!],
    ["requests_in_flight", pools(POOL.requestsInFlight)],
    ["servers", router.pools.reduce((sum, pool) => sum + pool.servers.length, 0)],
    [
      "servers_ejected",
      router.pools.flatMap((pool) => pool.servers).filter((server) => server.ejected).length,
    ],
  ];
}

function settings({ options, router }: SessionHost): Line[] {
  return [
    ["listener", printable(options.name)],
    ["listen", formatAddress(options.listen)],
    ["maxconns", options.limits.connections],
    ["item_size_max", options.limits.value],
    ["flush_enabled", options.flush_all ? "yes" : "no"],
    ["auth_enabled_ascii", options.auth === null ? "no" : "yes"],
    ["ssl_enabled", options.tls === null ? "no" : "yes"],
    ["idle_timeout", options.idle_timeout / 1000],
    ...router.pools.flatMap((pool): Line[] => [
      [`pool:${word(pool.options.name)}:distribution`, pool.options.ring.distribution],
      [`pool:${word(pool.options.name)}:hash`, pool.options.ring.hash],
      [
        `pool:${word(pool.options.name)}:servers`,
        pool.servers.map(({ options: { id } }) => word(id)).join(","),
      ],
    ]),
  ];
}

/** Lines are ASCII, and clients cut them at blanks: a name of the configuration may have anything. */
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, "?");
}

function word(name: string): string {
  return printable(name).replaceAll(" ", "_");
}
