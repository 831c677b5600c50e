/** What is asked of a client's socket. */
export interface ClientSocket {
  /** Bytes that it has been sent and does not take. */
  readonly writableLength: number;
  once(event: "close", listener: () => void): unknown;
  destroy(): unknown;
}

export interface ConnectionBounds {
  /** Connections at once. */
  readonly connections: number;
  /** Bytes that all clients together have been sent and do not take. */
  readonly held: number;
}

/**
 * Bounds what the clients of the management interface hold. Where it is too much somebody is cut off, and not the one who
 * comes last: connections that do nothing must not keep the kubelet's probes out, which would end the pod.
 */
export class ConnectionLimit {
  readonly #bounds: ConnectionBounds;
  /** Those without a request, and those with one; the longest so first. */
  readonly #idle = new Set<ClientSocket>();
  readonly #busy = new Set<ClientSocket>();

  constructor(bounds: ConnectionBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#idle.size + this.#busy.size;
  }

  /** Whether it waits for an answer, or takes one. */
  isBusy(socket: ClientSocket): boolean {
    return this.#busy.has(socket);
  }

  opened(socket: ClientSocket): void {
    this.#idle.add(socket);
    socket.once("close", () => this.#forget(socket));
    if (this.size > this.#bounds.connections) this.#cutOff(this.#oldestBut(socket));
  }

  /** It has sent a request. */
  begins(socket: ClientSocket): void {
    this.#idle.delete(socket);
    this.#busy.add(socket);
    let held = 0;
    let largest = socket;
    for (const each of this.#busy) {
      held += each.writableLength;
      if (each.writableLength > largest.writableLength) largest = each;
    }
    if (held > this.#bounds.held) this.#cutOff(largest);
  }

  /** Its request has been answered. */
  ends(socket: ClientSocket): void {
    if (this.#busy.delete(socket)) this.#idle.add(socket);
  }

  #oldestBut(newest: ClientSocket): ClientSocket {
    for (const socket of this.#idle) if (socket !== newest) return socket;
    for (const socket of this.#busy) return socket;
    return newest;
  }

  #cutOff(socket: ClientSocket): void {
    this.#forget(socket);
    socket.destroy();
  }

  #forget(socket: ClientSocket): void {
    this.#idle.delete(socket);
    this.#busy.delete(socket);
  }
}
