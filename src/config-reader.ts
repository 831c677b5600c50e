import type { Environment } from "./config/environment.ts";
import { type ConfigInput, readConfig } from "./config/read-config.ts";
import { leaveToDaemon } from "./lifecycle/signals.ts";

/** What the process is asked to read. Plain data. */
export type ReadRequest =
  | { readonly kind: "config"; readonly input: ConfigInput }
  | { readonly kind: "servers"; readonly text: string; readonly file: string; readonly port: number };

/** Program of the process that reads a configuration for the daemon, answers and ends; see `cli/config-process.ts`. */

leaveToDaemon(process);
process.once("message", async ([request, environment]: [ReadRequest, Environment]) => {
  process.send?.(await read(request, environment), () => process.disconnect?.());
});

async function read(request: ReadRequest, environment: Environment): Promise<unknown> {
  if (request.kind === "config") return readConfig(request.input, environment);
  const { parseServers } = await import("./config/servers-file.ts");
  return parseServers(request.text, request.file, environment, request.port);
}
