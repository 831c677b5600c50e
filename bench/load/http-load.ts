import autocannon, { type Client } from "autocannon";
import { Histogram } from "./histogram.ts";
import { type HttpLoadOptions, httpLoadHelp, parseHttpLoadOptions } from "./http-load-options.ts";
import { httpRequests } from "./http-requests.ts";
import type { HttpLoadResult } from "./load-result.ts";
import { sampleUsage, usageBetween } from "./usage-sample.ts";

/** Longer than any run, which ends by itself. */
const endless = 1_000_000;
const timeoutSeconds = 10;

/** What is counted from one moment to another. */
class Counts {
  requests = 0;
  faults = 0;
  /** In microseconds. */
  readonly latency = new Histogram();

  answered(ok: boolean, milliseconds: number): void {
    if (!ok) {
      this.faults++;
      return;
    }
    this.requests++;
    this.latency.record(milliseconds * 1000);
  }

  clear(): void {
    this.requests = 0;
    this.faults = 0;
    this.latency.clear();
  }
}

/** Runs the load: warm up, measure. The connections are left open. */
async function runLoad(options: HttpLoadOptions): Promise<HttpLoadResult> {
  const counts = new Counts();
  start(options, counts);
  await pause(options.warmup * 1000);
  counts.clear();
  const before = sampleUsage(options.watch);
  await pause(options.seconds * 1000);
  const after = sampleUsage(options.watch);
  const { requests, faults, latency } = counts;
  return {
    ...usageBetween(before, after, requests),
    requests,
    faults,
    latency: {
      p50: latency.quantile(0.5),
      p99: latency.quantile(0.99),
      p999: latency.quantile(0.999),
    },
  };
}

function start(options: HttpLoadOptions, counts: Counts): void {
  const requests = httpRequests(options);
  let clients = 0;
  const run = autocannon(
    {
      url: `http://127.0.0.1:${options.port}`,
      connections: options.connections,
      duration: endless,
      timeout: timeoutSeconds,
      requests,
      reconnectRate: options.close ? 1 : 0,
      setupClient(client) {
        // Every client begins at another key.
        const first = clients++ % requests.length;
        client.setRequests([...requests.slice(first), ...requests.slice(0, first)]);
        if (options.close) countHeads(client, counts);
      },
    },
    (error) => {
      throw error ?? new Error("autocannon ended too early");
    },
  );
  run.on("response", (_client, status, bytes, milliseconds) => {
    counts.answered(status === 200 && bytes >= options.answer, milliseconds);
  });
  run.on("reqError", () => {
    counts.faults++;
  });
}

/** autocannon tells nothing of an answer after which it reconnects; its client does. The time includes connecting. */
function countHeads(client: Client, counts: Counts): void {
  let began = 0;
  client.on("request", () => {
    began = performance.now();
  });
  client.on("headers", ({ statusCode }: { readonly statusCode: number }) => {
    counts.answered(statusCode === 200, performance.now() - began);
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

let options: HttpLoadOptions | null;
try {
  options = parseHttpLoadOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(2);
}
if (options === null) {
  process.stdout.write(httpLoadHelp);
} else {
  const result = await runLoad(options);
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}
