import type { DiscoverySource } from "../../src/upstream/discovery/discovery.ts";
import { Findings } from "../../src/upstream/discovery/findings.ts";
import type { ServerOptions } from "../../src/upstream/pool-options.ts";
import type { FakeClock } from "./fake-clock.ts";

/** What a source tells of servers, and what it logs on the way. */
export class FoundServers {
  readonly findings: Findings;
  /** Ids of the servers, an entry per time that others were told. */
  readonly told: string[][] = [];
  readonly logs: string[] = [];
  servers: readonly ServerOptions[] = [];

  constructor(clock: FakeClock, source: DiscoverySource = "dns") {
    this.findings = new Findings({
      pool: "p",
      source,
      target: "it",
      clock,
      log: (level, fields, message) =>
        this.logs.push(`${level} ${message}${"reason" in fields ? `: ${fields["reason"]}` : ""}`),
    });
  }

  readonly onServers = (servers: readonly ServerOptions[]): void => {
    this.servers = servers;
    this.told.push(servers.map(({ id }) => id));
  };
}
