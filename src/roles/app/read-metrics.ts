import type { AppMetricsOptions } from "./app-options.ts";
import { type AppMetrics, parseMetrics } from "./metrics-text.ts";
import { readText } from "./read-text.ts";

/** What every library of metrics can write; asked for so, one that knows better writes it, too. */
const accept = "text/plain;version=0.0.4, text/plain;q=0.9, */*;q=0.1";

/** Reads the app's metrics once; rejects with why there are none. */
export async function readMetrics(
  { source, limit }: AppMetricsOptions,
  signal: AbortSignal,
): Promise<AppMetrics> {
  return parseMetrics(await readText(source, { limit, accept, signal }));
}
