import type { Clock } from "../../src/core/clock.ts";
import type { Snapshot } from "../../src/proxy/listener-options.ts";
import { UpstreamSupervisor } from "../../src/roles/ambassador/upstream-supervisor.ts";
import type { Lookups } from "../../src/upstream/lookups.ts";
import type { Plane } from "./plane.ts";
import type { Teardown } from "./teardown.ts";

/** A data plane's control plane in this thread: what the daemon has on its main thread, wired as there. */
export class Supervision {
  readonly supervisor: UpstreamSupervisor;
  readonly logs: string[] = [];
  readonly #plane: Plane;

  /** @param names what names resolve to; may be changed on the way */
  constructor(t: Teardown, plane: Plane, clock: Clock, names: Record<string, string[]> = {}) {
    this.#plane = plane;
    const lookups: Lookups = {
      system: async (host) => names[host] ?? Promise.reject(new Error("not found")),
      records: async () => [],
    };
    this.supervisor = new UpstreamSupervisor({
      clock,
      lookups,
      random: () => 0,
      update: (update) => plane.plane.update(update),
      log: (level, fields, message) => {
        this.logs.push(`${level} ${fields["server"] ?? fields["host"]}: ${message}`);
      },
    });
    plane.onReport = (report) => this.supervisor.report(report);
    t.teardown(() => this.supervisor.close());
  }

  /** Takes a snapshot into force, as the daemon does; its servers are known to answer, and not probed first. */
  async apply(snapshot: Snapshot): Promise<void> {
    const pools = Object.values(snapshot.pools);
    await this.#plane.plane.apply(snapshot);
    this.supervisor.configure(pools);
    for (const { name, servers } of pools) {
      for (const { id } of servers) {
        this.supervisor.report({ pool: name, server: id, state: "recovered", reason: "answers" });
      }
    }
  }

  /** The same with servers that nothing is known of. */
  async applyUnknown(snapshot: Snapshot): Promise<void> {
    await this.#plane.plane.apply(snapshot);
    this.supervisor.configure(Object.values(snapshot.pools));
  }

  state(server: string) {
    const found = this.supervisor.states().find((state) => state.server === server);
    if (found === undefined) throw new Error(`there is no server ${server}`);
    return found;
  }
}
