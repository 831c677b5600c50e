import type { FastifyInstance } from "fastify";
import { type Answer, count, decimal, list, maybe, nullable, object, text } from "../answer-terms.ts";

const series = (description: string) => list(nullable(decimal("null: not known.")), description);
const rate = series("Requests per second.");
const failed = series("Requests per second that got no good answer.");
const p50 = series("Median time of a request, in µs.");
const p99 = series("99th percentile of that, in µs.");

const historyView = object({
  interval_ms: count("Time from one point to the next."),
  first: count("Number of the first point in this answer; points are counted from the start of the daemon."),
  next: count("Number that the next point will have: give it as `from` to get only what is new."),
  end_unix_ms: count("When the last point ended, in ms since the Unix epoch."),
  cpu: series("CPUs at work in the whole process: 1 is one of them all the time."),
  resident_memory_bytes: series("Resident memory of the process."),
  requests_per_second: rate,
  failed_per_second: failed,
  request_p50_us: p50,
  request_p99_us: p99,
  pools: list(
    object({
      pool: text("Name of the pool."),
      requests_per_second: rate,
      failed_per_second: failed,
      request_p50_us: p50,
      request_p99_us: p99,
      hit_share: maybe(series("Memcache only: part of the keys asked for that were found, 0 to 1.")),
      servers: list(
        object({
          server: text("Name of the server."),
          requests_per_second: rate,
          failed_per_second: failed,
        }),
        "The first 100 that are followed, in the order of the configuration.",
      ),
    }),
    "In the order of the configuration.",
  ),
});

/** The last minutes as `/history` shows them. */
export type HistoryView = Answer<typeof historyView>;

/** What is asked about the last minutes. */
export interface HistoryApi {
  /** The points from this number on, as far as they are kept. */
  since(from: number): HistoryView;
}

const query = object({ from: maybe(count("Number of the first point wanted.", { default: 0 })) });

/** `/history` */
export function addHistory(server: FastifyInstance, api: HistoryApi): void {
  server.get<{ Querystring: Answer<typeof query> }>(
    "/history",
    {
      schema: {
        summary: "What the last five minutes were like, point by point",
        description:
          "Rates, failures and latency of the daemon, of its first 100 pools and of the first 500 servers; the last 150 points are kept, in memory.",
        querystring: query,
        response: { 200: historyView },
      },
    },
    ({ query: { from = 0 } }) => api.since(from),
  );
}
