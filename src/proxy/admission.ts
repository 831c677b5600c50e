import { bufferedBytes } from "../core/buffer-pool.ts";
import type { Shed } from "../observe/metric-labels.ts";
import type { Snapshot } from "./listener-options.ts";
import { priorities, shedFrom } from "./priority.ts";

/** Share of `limits.bytes` from which on memory is scarce: before any request is refused, after who stalls is ended. */
const scarceFrom = 0.7;

/**
 * What all clients of a thread have under way together, and whose requests still get in. As the limits fill, the lowest
 * priority is refused first: what is left is for the others. The same happens under pressure that the thread cannot
 * see, and is told of.
 */
export class Admission {
  /** Requests in flight over all clients. */
  requests = 0;
  /** Requests that have been read during a pause, and wait for its end. */
  held = 0;
  limits: Snapshot["limits"] = {
    connections: Number.POSITIVE_INFINITY,
    requests: Number.POSITIVE_INFINITY,
    bytes: Number.POSITIVE_INFINITY,
  };
  /** With more bytes held than this, clients get no more than they take at once. */
  scarceBytes = Number.POSITIVE_INFINITY;
  private pressure = 0;
  private yielded = 0;
  /** By number of the priority: with how many requests in flight, and bytes held, one more still gets in. */
  private readonly mostRequests = new Float64Array(priorities.length).fill(Number.POSITIVE_INFINITY);
  private readonly mostBytes = new Float64Array(priorities.length).fill(Number.POSITIVE_INFINITY);

  /**
   * Why there is no room for a request whose priority has this number; null if there is. It counts as one of `requests`
   * already, or is one of those `coming`.
   */
  refusalFor(priority: number, coming = 0): Shed | null {
    const { mostRequests, mostBytes } = this;
    const requests = this.requests + coming;
    const isFull = requests > mostRequests[priority]! || bufferedBytes() > mostBytes[priority]!;
    if (!isFull) return null;
    const isOverload =
      requests > this.roomFor(priority, this.pressure) || bufferedBytes() > mostBytes[priority]!;
    return isOverload ? "overloaded" : "yielded";
  }

  /** Why there is no room for one more client of the thread, which has so many; null if there is. */
  refusalOfClient(clients: number): "limit" | "open_files" | null {
    const { connections, open_files = Number.POSITIVE_INFINITY } = this.limits;
    if (clients < Math.min(connections, open_files)) return null;
    return clients < connections ? "open_files" : "limit";
  }

  /** Whether one more request may wait for the end of a pause. */
  get canHold(): boolean {
    return this.requests + this.held < this.limits.requests;
  }

  setLimits(limits: Snapshot["limits"]): void {
    this.limits = limits;
    this.scarceBytes = scarceFrom * limits.bytes;
    this.draw();
  }

  /**
   * How near podmate is to the end of something that is not among the limits, from 0 to 1: priorities are refused as if a
   * limit had filled so far.
   * @param yielded the same where nothing comes to its end and a manager asks for it
   */
  setPressure(pressure: number, yielded = 0): void {
    this.pressure = pressure;
    this.yielded = yielded;
    this.draw();
  }

  /** Settles once what every request is held against. */
  private draw(): void {
    const pressure = Math.max(this.pressure, this.yielded);
    for (const [number, name] of priorities.entries()) {
      this.mostRequests[number] = this.roomFor(number, pressure);
      this.mostBytes[number] = Math.ceil(shedFrom[name] * this.limits.bytes);
    }
  }

  /** With how many requests in flight one more of a priority gets in. */
  private roomFor(priority: number, pressure: number): number {
    const share = shedFrom[priorities[priority]!];
    // Rounded up: however low a limit is, it lets one request in.
    return pressure < share ? Math.ceil(share * this.limits.requests) : 0;
  }
}
