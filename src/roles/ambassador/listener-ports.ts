import { type Address, formatAddress } from "../../core/address.ts";
import type { Snapshot } from "../../proxy/listener-options.ts";
import { claimPort } from "./claim-port.ts";

/** How often ports are chosen where they are left to the system, and others are faster to use them. */
const attempts = 5;

/**
 * The addresses that this process listens on, so that all workers of a listener get the same port even where the
 * configuration leaves it open (port 0), and a reload keeps it.
 */
export class ListenerPorts {
  #bound = new Map<string, Address>();

  /**
   * Has `take` bring `wanted` into force with a port for every listener, and resolves with what that does. Until it listens,
   * others may be given a port that the system has chosen; then another one is.
   * Rejects with words for the operator, or as `take` does.
   */
  async open<T>(wanted: Snapshot, take: (settled: Snapshot) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const settled = await this.settle(wanted);
      try {
        const taken = await take(settled);
        this.keep(wanted, settled);
        return taken;
      } catch (error) {
        if (attempt === attempts || !(await this.lost(wanted, settled))) throw error;
      }
    }
  }

  /**
   * `snapshot` with a port for every listener, each one free or already ours. Rejects with words for the operator.
   * What it claims counts as ours only after `keep`.
   */
  async settle(snapshot: Snapshot): Promise<Snapshot> {
    const settle = async <L extends Listener>(listener: L): Promise<L> => ({
      ...listener,
      listen: await this.#settle(listener),
    });
    const [memcache, http] = await Promise.all([
      Promise.all(snapshot.memcache.map(settle)),
      snapshot.http && Promise.all(snapshot.http.map(settle)),
    ]);
    return { ...snapshot, memcache, ...(http && { http }) };
  }

  /** Remembers what a settled snapshot, now in force, listens on. */
  keep(wanted: Snapshot, settled: Snapshot): void {
    const listeners = listenersOf(settled);
    this.#bound = new Map(
      listenersOf(wanted).map((listener, index) => [identity(listener), listeners[index]!.listen]),
    );
  }

  /**
   * Whether somebody listens on a port that the system chose for this snapshot: until a worker listens there, others may be
   * given it as well.
   */
  async lost(wanted: Snapshot, settled: Snapshot): Promise<boolean> {
    const listeners = listenersOf(settled);
    const chosen = listenersOf(wanted).flatMap((listener, index) =>
      isOpen(listener) && !this.#bound.has(identity(listener)) ? [listeners[index]!.listen] : [],
    );
    const claims = await Promise.allSettled(chosen.map(claimPort));
    return claims.some(({ status }) => status === "rejected");
  }

  #settle(listener: Listener): Promise<Address> {
    const kept = this.#bound.get(identity(listener));
    if (kept !== undefined) return Promise.resolve(kept);
    // One that is renamed, or moves between one address of the machine and all of them, collides with ourselves.
    return this.#isOurs(listener.listen) ? Promise.resolve(listener.listen) : claimPort(listener.listen);
  }

  #isOurs(wanted: Address): boolean {
    if ("path" in wanted) return false;
    return [...this.#bound.values()].some((address) => "port" in address && address.port === wanted.port);
  }
}

interface Listener {
  readonly name: string;
  readonly listen: Address;
}

/** Whatever they speak, their names are distinct. */
function listenersOf({ memcache, http = [] }: Snapshot): readonly Listener[] {
  return [...memcache, ...http];
}

/** The configuration leaves the port to the system. */
function isOpen({ listen }: Listener): boolean {
  return "port" in listen && listen.port === 0;
}

function identity({ name, listen }: Listener): string {
  return `${name} ${formatAddress(listen)}`;
}
