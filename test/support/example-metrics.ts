import { histogramLength, record } from "../../src/observe/histogram.ts";
import { metricKey } from "../../src/observe/metric-key.ts";
import { command, upstreamError } from "../../src/observe/metric-labels.ts";
import { BUILD, LISTENER, POOL, SERVER } from "../../src/observe/metric-layout.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";

/** A server's name with all that must be escaped in a label. */
export const strangeServer = 'unix:/run/a "quoted"\\path\nwith/line';

/** One of each entity, with some traffic on two workers. */
export function exampleMetrics(): MetricRegistry {
  const metrics = new MetricRegistry();
  metrics.block("build", metricKey("1.0.0", "v26.0.0"))[BUILD.info] = 1;
  metrics.block("process", "");
  metrics.block("worker", "0");
  for (const worker of [0, 1]) {
    metrics.block("listener", "cache", worker)[LISTENER.openConnections] = 5;
    const pool = metrics.block("pool", "sessions", worker);
    pool[POOL.requests + command.get]! += 10;
    pool[POOL.errors + upstreamError.timeout]! += 1;
    record(pool, POOL.requestDuration + command.get * histogramLength, 100);
    record(pool, POOL.requestDuration + command.get * histogramLength, 10_000);
    metrics.block("server", metricKey("sessions", strangeServer), worker)[SERVER.readBytes]! += 512;
  }
  return metrics;
}
