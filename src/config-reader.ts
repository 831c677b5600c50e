import type { Environment } from "./config/environment.ts";
import { type ConfigInput, readConfig } from "./config/read-config.ts";

/** Program of the process that reads a configuration for the daemon, answers and ends; see `cli/config-process.ts`. */

process.once("message", ([input, environment]: [ConfigInput, Environment]) => {
  process.send?.(readConfig(input, environment), () => process.disconnect?.());
});
