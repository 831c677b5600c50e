import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { type ConnectionOptions, connect, createServer, type TLSSocket, type TlsOptions } from "node:tls";
import type { Address } from "../../src/core/address.ts";
import type { Certificate } from "./certificates.ts";
import { Inbox } from "./inbox.ts";
import { patience } from "./patience.ts";
import type { Teardown } from "./teardown.ts";

/** What `tls` needs of a certificate. */
export function identityOf({ cert, key }: Certificate): { readonly cert: Buffer; readonly key: Buffer } {
  return { cert: readFileSync(cert), key: readFileSync(key) };
}

/** A server behind TLS that answers END to whatever line comes; `clients` are the names in their certificates. */
export interface TlsPeer {
  readonly address: Address;
  readonly clients: (string | undefined)[];
  /** Shows another certificate from the next connection on. */
  renew(options: TlsOptions): void;
}

export async function startTlsPeer(t: Teardown, options: TlsOptions): Promise<TlsPeer> {
  const clients: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(options, (socket) => {
    const { CN } = socket.getPeerCertificate().subject ?? {};
    clients.push(CN === undefined ? undefined : String(CN));
    socket.on("error", () => {});
    socket.on("data", () => socket.write("END\r\n"));
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: "127.0.0.1", port },
    clients,
    renew: (options) => server.setSecureContext(options),
  };
}

/** A client that speaks TLS; what the handshake came to shows in the first expectation. */
export class TlsClient {
  readonly socket: TLSSocket;
  readonly inbox: Inbox;

  constructor(t: Teardown, address: Address, options: ConnectionOptions) {
    this.inbox = new Inbox("TLS client", patience);
    this.socket = connect({ ...address, ...options });
    this.socket.on("data", (chunk: Buffer) => this.inbox.push(chunk));
    this.socket.on("error", (error: NodeJS.ErrnoException) => this.inbox.end(error.code ?? error.message));
    this.socket.on("close", () => this.inbox.end("closed"));
    t.teardown(() => this.socket.destroy());
  }

  async exchange(request: string, answer: string): Promise<void> {
    this.socket.write(request);
    await this.inbox.expect(answer);
  }

  /** The name in the certificate that the server has shown. */
  get shown(): string {
    return String(this.socket.getPeerCertificate().subject.CN);
  }
}
