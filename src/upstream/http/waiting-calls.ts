import { HTTP_SERVER } from "../../observe/metric-layout.ts";
import type { HttpCall } from "./http-call.ts";

/** Calls that wait for a connection to their server, the oldest first; counted as pending. */
export class WaitingCalls {
  private readonly block: Float64Array;
  private calls: HttpCall[] = [];

  constructor(block: Float64Array) {
    this.block = block;
  }

  get length(): number {
    return this.calls.length;
  }

  add(call: HttpCall): void {
    this.calls.push(call);
    this.block[HTTP_SERVER.pendingRequests]! += 1;
  }

  /** The one that has waited longest; undefined if none does. */
  next(): HttpCall | undefined {
    const call = this.calls.shift();
    if (call !== undefined) this.block[HTTP_SERVER.pendingRequests]! -= 1;
    return call;
  }

  /** Forgets a call; false if it does not wait. */
  remove(call: HttpCall): boolean {
    const at = this.calls.indexOf(call);
    if (at < 0) return false;
    this.calls.splice(at, 1);
    this.block[HTTP_SERVER.pendingRequests]! -= 1;
    return true;
  }

  /** Takes out those that have waited too long at `now`: until their deadline, or for `longest` ms if that is not 0. */
  expired(now: number, longest: number): HttpCall[] {
    const late = (call: HttpCall) => now >= call.deadline || (longest > 0 && now - call.start >= longest);
    const expired = this.calls.filter(late);
    if (expired.length === 0) return expired;
    this.calls = this.calls.filter((call) => !late(call));
    this.block[HTTP_SERVER.pendingRequests]! -= expired.length;
    return expired;
  }
}
