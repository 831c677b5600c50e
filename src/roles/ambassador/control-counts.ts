import { metricKey } from "../../observe/metric-key.ts";
import { DISCOVERY, HTTP_LISTENER, LISTENER, WORKER } from "../../observe/metric-layout.ts";
import type { MetricRegistry } from "../../observe/metric-registry.ts";
import type { TrafficEntity } from "../../observe/metric-table.ts";
import type { Snapshot } from "../../proxy/listener-options.ts";
import type { DiscoveryState } from "../../upstream/discovery/discovery.ts";
import { countHealth } from "./service-state.ts";
import { trafficKeys } from "./traffic-keys.ts";
import type { UpstreamState } from "./upstream-supervisor.ts";

/** What the control plane knows and the workers do not count. */
export interface ControlFacts {
  readonly snapshot: Snapshot | null;
  /** By metric key of the server. */
  readonly states: ReadonlyMap<string, UpstreamState>;
  discoveryOf(pool: string): DiscoveryState | undefined;
  /** Time of each worker's event loop since the last update, in ms. */
  readonly times: readonly { readonly index: number; readonly active: number; readonly idle: number }[];
}

/** The metrics that the main thread keeps for the ambassador, beside those that the workers write themselves. */
export class ControlCounts {
  readonly #metrics: MetricRegistry;

  constructor(metrics: MetricRegistry) {
    this.#metrics = metrics;
  }

  /** Brings them up to date. */
  update({ snapshot, states, discoveryOf, times }: ControlFacts): void {
    const pools = snapshot?.pools ?? {};
    for (const [key, state] of states) {
      const entity = pools[state.pool]?.http === undefined ? "server" : "httpServer";
      countHealth(entity, this.#metrics.block(entity, key), state);
    }
    for (const pool of Object.keys(pools)) this.#countDiscovery(pool, discoveryOf(pool));
    for (const { index, active, idle } of times) {
      const block = this.#metrics.block("worker", String(index));
      block[WORKER.activeSeconds]! += active / 1000;
      block[WORKER.idleSeconds]! += idle / 1000;
      block[WORKER.snapshotVersion] = snapshot?.version ?? 0;
    }
  }

  /** Clients that these listeners have accepted since the start. */
  accepted(listeners: readonly { readonly name: string; readonly protocol: "memcache" | "http" }[]): number {
    let sum = 0;
    for (const { name, protocol } of listeners) {
      sum +=
        (protocol === "memcache"
          ? this.#metrics.find("listener", name)?.value(LISTENER.connections)
          : this.#metrics.find("httpListener", name)?.value(HTTP_LISTENER.connections)) ?? 0;
    }
    return sum;
  }

  /** Forgets what the snapshot does not have; returns what the workers are to forget, by entity. */
  forget(snapshot: Snapshot): [TrafficEntity, string[]][] {
    const discovered = Object.values(snapshot.pools).flatMap(({ name, discover }) =>
      discover === undefined ? [] : metricKey(name, discover.kind),
    );
    this.#metrics.retain("discovery", discovered);
    return trafficKeys(snapshot).map(([entity, keys]) => [entity, this.#metrics.retain(entity, keys)]);
  }

  #countDiscovery(pool: string, state: DiscoveryState | undefined): void {
    if (state === undefined) return;
    const block = this.#metrics.block("discovery", metricKey(pool, state.source));
    block[DISCOVERY.servers] = state.servers ?? 0;
    block[DISCOVERY.failures] = state.failures;
    block[DISCOVERY.failing] = state.error === null ? 0 : 1;
    block[DISCOVERY.lastSuccessSeconds] = (state.lastSuccess ?? 0) / 1000;
  }
}
