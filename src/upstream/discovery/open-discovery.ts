import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { DiscoverOptions } from "../discover-options.ts";
import type { Lookups } from "../lookups.ts";
import type { Discovery, DiscoverySource } from "./discovery.ts";
import { askDns } from "./dns-servers.ts";
import { FileDiscovery, type ReadServers, type ServersReading } from "./file-discovery.ts";
import { Findings } from "./findings.ts";
import type { KubernetesAccess } from "./kubernetes/kubernetes-access.ts";
import { KubernetesDiscovery } from "./kubernetes/kubernetes-discovery.ts";
import { HttpSliceApi } from "./kubernetes/slice-api.ts";
import { PolledDiscovery } from "./polled-discovery.ts";
import { type DiscoveringPool, defaultPort } from "./source-identity.ts";
import { askSrv, srvLookup } from "./srv-servers.ts";

/** What sources are asked with. */
export interface DiscoveryTools {
  readonly clock: Clock;
  readonly log: Log;
  readonly lookups: Lookups;
  readonly readServers: ReadServers;
  readonly kubernetes: KubernetesAccess;
  /** Gives a number in [0, 1). */
  readonly random: () => number;
}

/** The source that a pool's options ask for. */
export function openDiscovery(pool: DiscoveringPool, tools: DiscoveryTools): Discovery {
  const { clock, log, random, lookups, readServers, kubernetes } = tools;
  const options = pool.discover;
  const { source, target } = describeSource(options);
  const findings = new Findings({ pool: pool.name, source, target, clock, log });
  switch (options.kind) {
    case "dns":
      return new PolledDiscovery({ findings, clock, random, ask: () => askDns(options, lookups) });
    case "srv":
      return new PolledDiscovery({ findings, clock, random, ask: () => askSrv(options, srvLookup()) });
    case "file": {
      const read = (text: string): Promise<ServersReading> =>
        readServers(text, options.path, defaultPort(pool));
      return new FileDiscovery({ path: options.path, findings, clock, read });
    }
    case "kubernetes": {
      const api = new HttpSliceApi(kubernetes, options, random);
      return new KubernetesDiscovery({ port: options.port, api, findings, clock, random });
    }
  }
}

/** What is asked, and for what, in the words of log and management interface. */
export function describeSource(options: DiscoverOptions): { source: DiscoverySource; target: string } {
  switch (options.kind) {
    case "dns":
      return { source: "dns", target: options.host };
    case "srv":
      return { source: "srv", target: options.name };
    case "file":
      return { source: "file", target: options.path };
    case "kubernetes":
      return { source: "kubernetes", target: `${options.namespace ?? "(own)"}/${options.service}` };
  }
}
