import { isIP } from "node:net";
import type { ConnectionOptions, SecureContext } from "node:tls";
import type { Address } from "../core/address.ts";
import { loadTls } from "../core/lazy-builtins.ts";
import type { ClientTlsOptions } from "./pool-options.ts";

/**
 * What `tls.connect` needs beside the endpoint to reach a server and to know that it is the right one.
 * The certificate is held against `server_name`, or else the host as configured, not the address it resolved to.
 * @param configured the server's address as the configuration has it
 */
export function clientTlsOptions(
  tls: ClientTlsOptions,
  configured: Address,
  secureContext: SecureContext,
): ConnectionOptions {
  const wanted = tls.server_name ?? ("path" in configured ? "localhost" : configured.host);
  // RFC 6066, section 3: without the trailing dot of a fully qualified name, which certificates do not have either.
  const name = wanted.replace(/\.$/, "");
  return {
    secureContext,
    rejectUnauthorized: tls.verify,
    // RFC 6066, section 3: SNI carries names only, never a literal address.
    servername: isIP(name) === 0 ? name : "",
    checkServerIdentity: (_host, certificate) => loadTls().checkServerIdentity(name, certificate),
  };
}
