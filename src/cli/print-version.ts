import { version } from "../core/version.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate version` */
export async function printVersion(_invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  terminal.out(`podmate ${version}\n`);
  return exitCode.done;
}
