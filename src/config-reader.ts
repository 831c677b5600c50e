import type { Environment } from "./config/environment.ts";
import { type ConfigInput, readConfig } from "./config/read-config.ts";
import { parseServers } from "./config/servers-file.ts";

/** What the process is asked to read. Plain data. */
export type ReadRequest =
  | { readonly kind: "config"; readonly input: ConfigInput }
  | { readonly kind: "servers"; readonly text: string; readonly file: string; readonly port: number };

/** Program of the process that reads a configuration for the daemon, answers and ends; see `cli/config-process.ts`. */

process.once("message", ([request, environment]: [ReadRequest, Environment]) => {
  process.send?.(read(request, environment), () => process.disconnect?.());
});

function read(request: ReadRequest, environment: Environment): unknown {
  if (request.kind === "config") return readConfig(request.input, environment);
  return parseServers(request.text, request.file, environment, request.port);
}
