import { jsonSchema } from "../config/json-schema.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate schema` */
export async function schema(_invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  terminal.out(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  return exitCode.done;
}
