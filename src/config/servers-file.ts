import type { ServerOptions } from "../upstream/pool-options.ts";
import { checkServers } from "./checks.ts";
import type { ConfigError } from "./config-error.ts";
import type { Environment } from "./environment.ts";
import { readForm } from "./form-reader.ts";
import { normalizeServer } from "./normalize.ts";
import { type ServerForm, serversFile } from "./pool-schema.ts";

/** The servers of a file, or everything that is wrong with it. */
export type LoadedServers =
  | { readonly ok: true; readonly servers: readonly ServerOptions[] }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/**
 * Reads a list in the form of the `servers` setting, variables included. An empty list, written `[]`, is one; an empty
 * file is not, for that is what a file looks like while it is being written. Never throws.
 * @param port of servers whose addresses name none
 */
export function parseServers(
  text: string,
  file: string,
  environment: Environment,
  port: number,
): LoadedServers {
  const empty = "the file is empty; a list without servers is written []";
  const options = { file, schema: serversFile, environment, empty };
  const { form, refuse, errors } = readForm<ServerForm[]>(text, options);
  if (form === undefined) return { ok: false, errors: errors() };
  checkServers({ ring: undefined, servers: form }, [], port, ([, ...path], message) => refuse(path, message));
  const refused = errors();
  if (refused.length > 0) return { ok: false, errors: refused };
  return { ok: true, servers: (form as ServerForm[]).map((server) => normalizeServer(server, port)) };
}
