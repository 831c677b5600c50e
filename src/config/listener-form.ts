import type { ServerTlsOptions } from "../proxy/listener-options.ts";
import type { MemcacheListenerForm } from "./listener-schema.ts";

/** The permissions of a unix socket as an operator writes them. */
export function socketModeForm(mode: number | undefined): string | null {
  return mode === undefined ? null : `0${mode.toString(8).padStart(3, "0")}`;
}

/** TLS towards the app as an operator writes it. */
export function tlsForm(tls: ServerTlsOptions | null): MemcacheListenerForm["tls"] {
  return tls && { cert: tls.cert, key: tls.key, client_ca: tls.client_ca ?? null };
}
