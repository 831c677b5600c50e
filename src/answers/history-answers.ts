import type { HistoryApi, HistoryView } from "../admin/routes/history.ts";
import { systemClock } from "../core/clock.ts";
import type { CarrierHistory } from "../observe/carrier-history.ts";
import { metricKey } from "../observe/metric-key.ts";
import { tickEvery } from "../observe/traffic-history.ts";
import type { AnswerParts } from "./admin-answers.ts";

/** Servers of a pool whose history is told. */
const mostServers = 100;

/** What the last minutes were like. */
export function historyAnswers({ history, ambassador }: AnswerParts): HistoryApi {
  const rates = ({ requests, failed }: CarrierHistory, from: number, to: number) => ({
    requests_per_second: requests.slice(from, to),
    failed_per_second: failed.slice(from, to),
  });

  function poolHistory(
    pool: string,
    servers: readonly { readonly server: string }[],
    from: number,
    to: number,
  ): HistoryView["pools"] {
    const found = history.pool(pool);
    if (found === undefined) return [];
    const ofServers = servers.slice(0, mostServers).flatMap(({ server }) => {
      const known = history.server(metricKey(pool, server));
      return known === undefined ? [] : [{ server, ...rates(known, from, to) }];
    });
    return [
      {
        pool,
        ...rates(found, from, to),
        request_p50_us: found.p50?.slice(from, to) ?? [],
        request_p99_us: found.p99?.slice(from, to) ?? [],
        ...(found.hitShare && { hit_share: found.hitShare.slice(from, to) }),
        servers: ofServers,
      },
    ];
  }

  return {
    since(asked) {
      const { ticks: to, oldest } = history;
      // Who asks for what is to come knows another run of the daemon.
      const from = asked > to ? oldest : Math.max(asked, oldest);
      return {
        interval_ms: tickEvery,
        first: from,
        next: to,
        end_unix_ms: Math.round(systemClock.wall() - history.age),
        cpu: history.cpu.slice(from, to),
        resident_memory_bytes: history.residentMemory.slice(from, to),
        requests_per_second: history.requests.slice(from, to),
        failed_per_second: history.failed.slice(from, to),
        request_p50_us: history.p50.slice(from, to),
        request_p99_us: history.p99.slice(from, to),
        pools: ambassador.pools().flatMap(({ pool, servers }) => poolHistory(pool, servers, from, to)),
      };
    },
  };
}
