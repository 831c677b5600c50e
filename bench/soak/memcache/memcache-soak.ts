import { Progress } from "../progress.ts";
import { Random } from "../random.ts";
import type { SoakSetup } from "../soak.ts";
import { type SoakConfig, SoakDaemon, serverEntries } from "../soak-daemon.ts";
import type { SoakOptions } from "../soak-options.ts";
import { CommandMix } from "./command-mix.ts";
import { MemcacheClient } from "./memcache-client.ts";
import { MemcacheFaults } from "./memcache-faults.ts";
import { MemcacheTally } from "./memcache-tally.ts";
import { startMemcached } from "./memcached-server.ts";

const serverCount = 5;

/** Starts four of five memcached behind podmate. */
export async function memcacheSoak(options: SoakOptions): Promise<SoakSetup<MemcacheTally>> {
  const servers = await Promise.all(Array.from({ length: serverCount }, startMemcached));
  const config: SoakConfig = {
    other: false,
    servers: servers.slice(1).map(({ port }) => ({ port, weight: 1, drain: false })),
  };
  const daemon = await SoakDaemon.start({ options, configText, pools: ["soak"], config });
  const progress = new Progress();
  const tally = new MemcacheTally();
  const random = new Random(options.seed);
  const { step } = options;
  const context = { port: daemon.port, progress, tally };
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
      return new MemcacheClient(context, new CommandMix(number, own), own).run();
    },
    facts: (total) => [
      ["values verified", `${tally.verified}, the version known beforehand in ${tally.exact}`],
      ["late answers dropped", String(total("podmate_server_late_answers_total"))],
      ["keys not found", `${tally.misses}, ${tally.partialMisses} of them known to be stored`],
      ["closed within a value", String(tally.cutInValue)],
    ],
    // A memcached gives no garbage: podmate has taken the answer to another request for one.
    failures() {
      const garbage = tally.errors.get("protocol") ?? 0;
      return garbage > 0 ? [`${garbage} answers of servers were taken for garbage`] : [];
    },
  };
}

function configText(port: number, config: SoakConfig): string {
  return `memcache:
  - { name: soak, listen: 127.0.0.1:${port}, pool: soak }
pools:
  soak:
    timeout: 5s
    connect_timeout: 5s
    connections: ${config.other ? 2 : 1}
    eject: { failures: 20, window: 10s, backoff: 100ms, max_backoff: 500ms, on_eject: fail_fast }
    servers:
${serverEntries(config)}`;
}
