import { Progress } from "../progress.ts";
import { Random } from "../random.ts";
import type { SoakSetup } from "../soak.ts";
import { type SoakConfig, SoakDaemon, serverEntries } from "../soak-daemon.ts";
import type { SoakOptions } from "../soak-options.ts";
import { CommandMix } from "./command-mix.ts";
import { HostileClient } from "./hostile-client.ts";
import { LyingServer } from "./lying-server.ts";
import { MemcacheClient } from "./memcache-client.ts";
import { MemcacheFaults } from "./memcache-faults.ts";
import { MemcacheTally } from "./memcache-tally.ts";
import { startMemcached } from "./memcached-server.ts";

const serverCount = 5;
/** Of a hostile soak: one client of so many is hostile. */
const hostileShare = 4;

/** Starts four of five memcached behind podmate. */
export async function memcacheSoak(options: SoakOptions): Promise<SoakSetup<MemcacheTally>> {
  const servers = await Promise.all(Array.from({ length: serverCount }, startMemcached));
  const config: SoakConfig = {
    other: false,
    servers: servers.slice(1).map(({ port }) => ({ port, weight: 1, drain: false })),
  };
  const liar = options.hostile ? await LyingServer.start(new Random(options.seed)) : null;
  const configText = (port: number, config: SoakConfig) => textOf(port, config, liar?.port ?? null);
  const daemon = await SoakDaemon.start({ options, configText, pools: ["soak"], config });
  const progress = new Progress();
  const tally = new MemcacheTally();
  const random = new Random(options.seed);
  const { step } = options;
  const context = { port: daemon.port, progress, tally };
  /** Answers of the honest servers that podmate took for garbage. */
  let garbage = 0;
  const hostileFacts = (total: (metric: string) => number): (readonly [string, string])[] => {
    if (liar === null) return [];
    garbage = total('podmate_pool_errors_total{kind="protocol",pool="soak"}');
    const lies = total('podmate_pool_errors_total{kind="protocol",pool="lies"}');
    return [
      [
        "hostile",
        `${tally.hostileLines} lines (--seed ${options.seed}); ${lies} answers were known for lies`,
      ],
    ];
  };
  return {
    daemon,
    servers,
    progress,
    tally,
    faults: new MemcacheFaults({ servers, daemon, progress, tally, random, step, config }),
    gauges: [
      "podmate_listener_open_connections",
      "podmate_listener_buffered_bytes",
      "podmate_pool_requests_in_flight",
      "podmate_server_requests_in_flight",
      "podmate_server_queued_bytes",
    ],
    client(number) {
      const own = new Random(options.seed * 1000 + number + 1);
      if (liar !== null && number % hostileShare === hostileShare - 1)
        return new HostileClient(context, own).run();
      return new MemcacheClient(context, new CommandMix(number, own), own).run();
    },
    facts: (total) => [
      ["values verified", `${tally.verified}, the version known beforehand in ${tally.exact}`],
      ["late answers dropped", String(total("podmate_server_late_answers_total"))],
      ["keys not found", `${tally.misses}, ${tally.partialMisses} of them known to be stored`],
      ["closed within a value", String(tally.cutInValue)],
      ...hostileFacts(total),
    ],
    // A memcached gives no garbage: podmate has taken the answer to another request for one.
    failures() {
      liar?.stop();
      garbage += tally.errors.get("protocol") ?? 0;
      return garbage > 0 ? [`${garbage} answers of servers were taken for garbage`] : [];
    },
  };
}

/** `liar`: port of a server that lies, if there is one; it has the keys that begin with `lie:`. */
function textOf(port: number, config: SoakConfig, liar: number | null): string {
  return `memcache:
  - name: soak
    listen: 127.0.0.1:${port}
    pool: soak
${liar === null ? "" : "    routes: [ { prefix: 'lie:', pool: lies } ]\n"}pools:
${liar === null ? "" : `  lies: { timeout: 1s, servers: [ "127.0.0.1:${liar}" ] }\n`}  soak:
    timeout: 5s
    connect_timeout: 5s
    connections: ${config.other ? 2 : 1}
    eject: { failures: 20, window: 10s, backoff: 100ms, max_backoff: 500ms, on_eject: fail_fast }
    servers:
${serverEntries(config)}`;
}
