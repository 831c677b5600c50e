import { parseArgs } from "node:util";
import { inRange, processIds, whole } from "./load-options.ts";

/** What one HTTP load run does. Times in seconds, sizes in bytes. */
export interface HttpLoadOptions {
  readonly port: number;
  readonly connections: number;
  readonly method: string;
  readonly path: string;
  /** Headers of 40 bytes beside those that every request has. */
  readonly extraHeaders: number;
  readonly body: number;
  /** Length that every answer's body must have. */
  readonly answer: number;
  /** Whether each request has a connection of its own. */
  readonly close: boolean;
  readonly warmup: number;
  readonly seconds: number;
  /** Processes whose CPU time is taken at both ends of the measured phase; empty: none. */
  readonly watch: readonly number[];
}

export const httpLoadHelp = `usage: node bench/load/http-load.ts --port PORT [options]

Sends requests to an HTTP server or proxy by autocannon, one at a time on each connection, and prints a line of JSON.

  --port PORT         where to connect, on 127.0.0.1
  --connections N     connections (50)
  --method METHOD     GET
  --path PATH         /small
  --extra-headers N   headers of 40 bytes beside the usual ones (0)
  --body BYTES        size of the requests' bodies (0: none)
  --answer BYTES      size that the answers' bodies must have (100)
  --close             a connection for each request
  --warmup SECONDS    load that is not measured (0)
  --seconds SECONDS   measured load (5)
  --watch PIDS        report the CPU time of these processes (comma-separated) in the measured phase
`;

/** Reads the command line of the load generator; null if help was asked for. Throws on what it does not know. */
export function parseHttpLoadOptions(args: readonly string[]): HttpLoadOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h" },
      port: { type: "string" },
      connections: { type: "string", default: "50" },
      method: { type: "string", default: "GET" },
      path: { type: "string", default: "/small" },
      "extra-headers": { type: "string", default: "0" },
      body: { type: "string", default: "0" },
      answer: { type: "string", default: "100" },
      close: { type: "boolean", default: false },
      warmup: { type: "string", default: "0" },
      seconds: { type: "string", default: "5" },
      watch: { type: "string" },
    },
  });
  if (values.help) return null;
  if (values.port === undefined) throw new RangeError("--port is missing");
  return {
    port: whole("port", values.port, 1, 65535),
    connections: whole("connections", values.connections, 1, 10_000),
    method: values.method,
    path: values.path,
    extraHeaders: whole("extra-headers", values["extra-headers"], 0, 1000),
    body: whole("body", values.body, 0, 64 * 1024 * 1024),
    answer: whole("answer", values.answer, 0, 1024 * 1024 * 1024),
    close: values.close,
    warmup: inRange("warmup", values.warmup, 0, 3600),
    seconds: inRange("seconds", values.seconds, 0.01, 86_400),
    watch: processIds(values.watch),
  };
}
