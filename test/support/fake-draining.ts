import { setImmediate as turn } from "node:timers/promises";
import type { Pausable } from "../../src/lifecycle/pausing.ts";
import type { Draining } from "../../src/lifecycle/shutdown.ts";

/** A data plane with as many clients as the test says, and a note of what it was told. */
export class FakeDraining implements Draining, Pausable {
  readonly told: string[] = [];
  connections = 0;
  requests = 0;
  accepted = 0;
  readonly drained = Promise.withResolvers<void>();

  async load(): Promise<{ requests: number; connections: number; accepted: number }> {
    return { requests: this.requests, connections: this.connections, accepted: this.accepted };
  }

  pause(): void {
    this.told.push("pause");
  }

  resume(): void {
    this.told.push("resume");
  }

  drain(): Promise<void> {
    this.told.push("drain");
    return this.drained.promise;
  }

  async close(): Promise<void> {
    this.told.push("close");
  }
}

/** Lets promises that are due settle. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 10; round++) await turn();
}
