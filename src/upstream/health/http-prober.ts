import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { buildConnector, Client } from "undici";
import { type Address, formatAddress } from "../../core/address.ts";
import type { Clock } from "../../core/clock.ts";
import { errorReason } from "../../core/error-reason.ts";
import type { HttpHealthOptions } from "../http/http-pool-options.ts";
import { httpGet, loadUndici } from "../http-get.ts";
import { type ConnectTarget, closeSocket, openSocket } from "./connect-prober.ts";
import { notConnected, type ProbeFailure } from "./prober.ts";

export interface HttpProbeTarget extends ConnectTarget {
  /** For connecting, TLS and the whole answer together, in ms. */
  readonly timeout: number;
  readonly health: HttpHealthOptions;
  /** The server's address as configured, for the Host header where `health` names none. */
  readonly configured: Address;
  /** `2`: HTTP/2, by ALPN with TLS and by prior knowledge without. */
  readonly version: 1 | 2;
}

export type HttpProbeResult = { readonly ok: true; readonly status: number } | ProbeFailure;

/** Bytes of an answer's body that are read and dropped; the rest of a longer one is not waited for. */
const longestBody = 64 * 1024;

/** Names what podmate asks for itself in the logs of servers. */
const userAgent = "podmate-probe";

/**
 * Asks a server once, on a connection of its own, for a path: passed is an answer whose status is within bounds and whose
 * body comes to its end, or to 64 KiB. Redirects are answers like others. Never rejects; when it resolves, the connection
 * is gone.
 */
export async function probeHttp(
  target: HttpProbeTarget,
  clock: Pick<Clock, "after">,
  signal?: AbortSignal,
): Promise<HttpProbeResult> {
  const HttpClient = await loadUndici();
  if (signal?.aborted) return { ok: false, connected: false, reason: "cancelled" };
  const connection = new ProbeConnection(target);
  // The host is that of no connection: where to connect is the connector's to say.
  const client = new HttpClient(target.tls === null ? "http://server" : "https://server", {
    connect: (_options, callback) => connection.open(callback),
    allowH2: target.version === 2,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const stopped = Promise.withResolvers<string>();
  const onAbort = (): void => stopped.resolve("cancelled");
  const cancel = clock.after(target.timeout, () => {
    stopped.resolve(`${connection.opened ? "no whole answer" : "not connected"} within ${target.timeout} ms`);
  });
  signal?.addEventListener("abort", onAbort);
  const asked = ask(client, target).catch((error: unknown) => reasonOf(error));
  const outcome = await Promise.race([asked, stopped.promise]);
  cancel();
  signal?.removeEventListener("abort", onAbort);
  await Promise.all([client.destroy(), connection.close()]);
  if (typeof outcome === "string") {
    if (connection.refusal !== null) return notConnected(connection.refusal);
    return { ok: false, connected: connection.opened, reason: outcome };
  }
  return verdict(outcome, target.health);
}

function verdict(status: number, { statuses: [low, high] }: HttpHealthOptions): HttpProbeResult {
  if (status >= low && status <= high) return { ok: true, status };
  return { ok: false, connected: true, reason: `answers ${status}, not ${low} to ${high}` };
}

/** Resolves with the status of the answer, once that has come to its end or is long enough. */
async function ask(client: Client, { health, configured }: HttpProbeTarget): Promise<number> {
  const host = health.host ?? ("path" in configured ? "localhost" : formatAddress(configured));
  const headers = { host, accept: "*/*", "user-agent": userAgent };
  const enough = Promise.withResolvers<void>();
  let status = 0;
  let length = 0;
  const whole = httpGet(
    client,
    { path: health.path, headers, reset: true },
    {
      onHead: (found) => {
        status = found;
      },
      onData: (chunk) => {
        length += chunk.length;
        if (length > longestBody) enough.resolve();
      },
    },
  );
  await Promise.race([whole, enough.promise]);
  return status;
}

/** The one connection of a probe, as the HTTP client is handed it. */
class ProbeConnection {
  readonly #target: HttpProbeTarget;
  #socket: Socket | null = null;
  /** It could be used, whatever became of it then. */
  opened = false;
  /** Why it could not be opened. */
  refusal: Error | null = null;

  constructor(target: HttpProbeTarget) {
    this.#target = target;
  }

  open(callback: buildConnector.Callback): void {
    const { address, tls, version } = this.#target;
    const ALPNProtocols = [version === 2 ? "h2" : "http/1.1"];
    const socket = openSocket({ address, tls: tls && { ...tls, ALPNProtocols } }, (error) => {
      const failure = error ?? this.#refuseProtocol(socket);
      this.refusal = failure;
      if (failure !== null) return callback(failure, null);
      this.opened = true;
      callback(null, socket);
    });
    this.#socket = socket;
  }

  /** Resolves when it is closed. */
  close(): Promise<void> {
    return closeSocket(this.#socket);
  }

  /** HTTP/2 with prior knowledge is told to the client as if it had been negotiated. */
  #refuseProtocol(socket: Socket): Error | null {
    if (this.#target.version === 1) return null;
    const secure = socket as TLSSocket;
    if (this.#target.tls === null) secure.alpnProtocol = "h2";
    return secure.alpnProtocol === "h2" ? null : new Error("the server does not speak HTTP/2");
  }
}

/** The client's own codes tell an operator nothing that its words do not. */
function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return error instanceof Error && code.startsWith("UND_ERR_") ? error.message : errorReason(error);
}
