import type { HotKeys } from "../../observe/hot-keys.ts";
import type { Shed } from "../../observe/metric-labels.ts";
import { createRing, type Ring } from "../../ring/ring.ts";
import type { ServerUpdate } from "../health/server-report.ts";
import type { PoolOptions } from "../pool-options.ts";
import type { UpstreamHost } from "../upstream-host.ts";
import { type Failure, failureAt } from "./failure.ts";
import type { Server } from "./server.ts";

function isDown(server: Server): boolean {
  return server.ejected || server.isUnreachable;
}

/** Servers behind one ring, as one thread sees them under one snapshot. */
export class Pool {
  readonly options: PoolOptions;
  readonly servers: readonly Server[];
  readonly block: Float64Array;
  /** Counts who is asked for most; null: nobody does. */
  readonly hotKeys: HotKeys | null;
  /** Who was ejected when the ring was built. */
  private placed: readonly boolean[] = [];
  private ring!: Ring;
  /** Who was passed by when the ring around those that cannot be reached was built; null: it was not yet. */
  private passedBy: readonly boolean[] = [];
  private around: Ring | null = null;

  /** `servers` stand in the order of `options.servers`. */
  constructor(
    options: PoolOptions,
    servers: readonly Server[],
    host: UpstreamHost,
    hotKeys: HotKeys | null = null,
  ) {
    this.hotKeys = hotKeys;
    this.options = options;
    this.servers = servers;
    this.block = host.block("pool", options.name);
    this.buildRing();
  }

  /** The server of the key at bytes[start, end); null if none is in service. */
  locate(bytes: Uint8Array, start: number, end: number): Server | null {
    const index = this.ring.locate(bytes, start, end);
    return index < 0 ? null : this.servers[index]!;
  }

  /**
   * The server that the key at bytes[start, end) goes to where its own cannot be reached: as if that had been ejected
   * already, and with it all others that could not be reached a moment ago. null: keys stay where they are (`fail_fast`), or no
   * other server is left.
   */
  detour(bytes: Uint8Array, start: number, end: number): Server | null {
    if (this.options.eject?.on_eject !== "rehash") return null;
    const { servers, passedBy } = this;
    if (this.around === null || servers.some((server, i) => isDown(server) !== passedBy[i])) {
      this.passedBy = servers.map(isDown);
      this.around = this.ringWithout(this.passedBy);
    }
    const index = this.around.locate(bytes, start, end);
    return index < 0 ? null : servers[index]!;
  }

  noServer(): Failure {
    return failureAt(this.options.name, "noServer");
  }

  /** For a request that is refused by its priority, before a server is looked for. */
  shed(kind: Shed): Failure {
    return failureAt(this.options.name, kind);
  }

  update(update: ServerUpdate): void {
    const server = this.servers.find(({ options }) => options.id === update.server);
    if (server === undefined) return;
    if (update.resolved !== undefined) server.resolve(update.resolved);
    if (server.ejected !== update.ejected) {
      if (update.ejected) server.eject();
      else server.readmit();
    }
    this.refresh();
  }

  refresh(): void {
    if (this.options.eject?.on_eject !== "rehash") return;
    if (this.servers.some(({ ejected }, i) => ejected !== this.placed[i])) this.buildRing();
  }

  /** Draining servers hold no keys; ejected ones keep theirs unless the pool rehashes. */
  private buildRing(): void {
    const rehash = this.options.eject?.on_eject === "rehash";
    // Not the options that the server was made with: it outlives reloads.
    this.placed = this.servers.map(({ ejected }) => ejected);
    this.ring = this.ringWithout(rehash ? this.placed : []);
  }

  private ringWithout(out: readonly boolean[]): Ring {
    const live = this.options.servers.map(({ drain }, index) => drain !== true && out[index] !== true);
    return createRing(this.options.ring, this.options.servers, live);
  }
}
