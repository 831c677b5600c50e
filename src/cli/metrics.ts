import { metricsText } from "../observe/metrics-page.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate metrics` */
export async function metrics(_invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  terminal.out(metricsText());
  return exitCode.done;
}
