import { connect as connectTcp, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { Address } from "../../core/address.ts";
import type { Clock } from "../../core/clock.ts";
import { loadTls } from "../../core/lazy-builtins.ts";
import { notConnected, type ProbeFailure } from "./prober.ts";

export interface ConnectTarget {
  /** Where to connect: a literal address or a unix socket; a name would be looked up once more. */
  readonly address: Address;
  /** For connecting and TLS together, in ms. */
  readonly timeout: number;
  /** null: no TLS. */
  readonly tls: ConnectionOptions | null;
}

export type ConnectResult = { readonly ok: true } | ProbeFailure;

/**
 * Whether a server takes a connection, TLS included; nothing is asked of it. Never rejects; when it resolves, the
 * connection is gone.
 */
export async function probeConnect(
  target: ConnectTarget,
  clock: Pick<Clock, "after">,
  signal?: AbortSignal,
): Promise<ConnectResult> {
  if (signal?.aborted) return { ok: false, connected: false, reason: "cancelled" };
  const outcome = Promise.withResolvers<Error | null>();
  const onAbort = (): void => outcome.resolve(new Error("cancelled"));
  const cancel = clock.after(target.timeout, () =>
    outcome.resolve(new Error(`not connected within ${target.timeout} ms`)),
  );
  signal?.addEventListener("abort", onAbort);
  let socket: Socket | null = null;
  try {
    socket = openSocket(target, (error) => outcome.resolve(error));
  } catch (error) {
    outcome.resolve(error as Error);
  }
  const error = await outcome.promise;
  cancel();
  signal?.removeEventListener("abort", onAbort);
  await closeSocket(socket);
  return error === null ? { ok: true } : notConnected(error);
}

/** Opens a connection as a probe does; `opened` is called once, with the error, or with null when it can be used. */
export function openSocket(
  { address, tls }: Pick<ConnectTarget, "address" | "tls">,
  opened: (error: Error | null) => void,
): Socket {
  let told = false;
  const tell = (error: Error | null): void => {
    if (!told) opened(error);
    told = true;
  };
  const socket = tls ? loadTls().connect({ ...address, ...tls }) : connectTcp(address);
  socket.once(tls ? "secureConnect" : "connect", () => tell(null));
  socket.on("error", tell);
  socket.once("close", () => tell(new Error("closed before it was connected")));
  return socket;
}

/** Resolves when the socket is closed; what it says while it dies is dropped. */
export async function closeSocket(socket: Socket | null): Promise<void> {
  if (socket === null || socket.closed) return;
  await new Promise((resolve) => {
    socket.once("close", resolve);
    socket.destroy();
  });
}
