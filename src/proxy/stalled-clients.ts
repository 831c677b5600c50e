import { bufferedBytes } from "../core/buffer-pool.ts";
import type { Admission } from "./admission.ts";

/** A client as far as it may keep memory that others need. */
export interface StallingClient {
  /** Bytes held for it while nobody but the client is waited for: to send the rest of a request, or to take an answer. */
  readonly stalledBytes: number;
  /** Since when, in ms. */
  readonly stalledSince: number;
  /** Ends the client, since others need the memory. */
  endStalled(): void;
}

/** What such clients may hold together, as a share of the thread's `limits.bytes`: the rest is for those who go on. */
const share = 0.5;
/** How far below that they are brought, and how much more may come before they are looked at again: a look costs time. */
const slack = 1 / 16;

/**
 * Keeps clients that hold memory and do not go on from shutting out all others: half a request that does not end, answers
 * that nobody takes. Beyond a share of `limits.bytes` the one that has been waited for the longest is ended first.
 */
export class StalledClients {
  private readonly clients: () => Iterable<StallingClient>;
  private readonly admission: Admission;
  /** With so many bytes held in all, a look is worth its time. */
  private nextLook = 0;

  constructor(clients: () => Iterable<StallingClient>, admission: Admission) {
    this.clients = clients;
    this.admission = admission;
  }

  /** More of a request has come that is not whole. Costs a comparison in the usual case. */
  grown(): void {
    if (bufferedBytes() > this.nextLook) this.look();
  }

  /** To be called every second besides. */
  look(): void {
    const most = share * this.admission.limits.bytes;
    if (bufferedBytes() > most) this.endEarliest(most);
    this.nextLook = Math.max(most, bufferedBytes()) + slack * most;
  }

  private endEarliest(most: number): void {
    const found: { client: StallingClient; bytes: number; since: number }[] = [];
    let total = 0;
    for (const client of this.clients()) {
      const bytes = client.stalledBytes;
      if (bytes === 0) continue;
      total += bytes;
      found.push({ client, bytes, since: client.stalledSince });
    }
    if (total <= most) return;
    found.sort((a, b) => a.since - b.since);
    for (const { client, bytes } of found) {
      if (total <= most - slack * most) return;
      total -= bytes;
      client.endStalled();
    }
  }
}
