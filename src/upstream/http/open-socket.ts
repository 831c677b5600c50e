import { connect as connectTcp, type NetConnectOpts, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { Address } from "../../core/address.ts";
import { loadTls } from "../../core/lazy-builtins.ts";

/** What a connection is opened with. */
export interface HttpTarget {
  readonly address: Address;
  readonly keepAlive: boolean;
  readonly tls: ConnectionOptions | null;
}

/** `allowHalfOpen` is understood by tls.connect, but not among the documented options of a connection. */
type TlsConnect = ConnectionOptions & { readonly allowHalfOpen: boolean };

/**
 * Begins to connect; `onOpen` is called when bytes can be sent, behind TLS when that stands. `connect` opens sockets
 * without TLS. Throws where the TLS options are of no use.
 */
export function openSocket(
  { address, keepAlive, tls }: HttpTarget,
  onOpen: () => void,
  connect: (options: NetConnectOpts) => Socket = connectTcp,
): Socket {
  const where = "path" in address ? { path: address.path } : { host: address.host, port: address.port };
  if (tls !== null) {
    const socket = loadTls().connect({ ...where, ...tls, allowHalfOpen: true } as TlsConnect);
    return socket.on("secureConnect", onOpen);
  }
  return connect({ ...where, noDelay: true, keepAlive, allowHalfOpen: true } as NetConnectOpts).on(
    "connect",
    onOpen,
  );
}
