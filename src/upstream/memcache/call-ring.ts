import type { Call } from "./call.ts";

/** Calls that wait for their replies, in the order in which they were sent: a ring that grows by doubling. */
export class CallRing {
  private slots: (Call | null)[] = new Array(64).fill(null);
  private mask = 63;
  private first = 0;
  length = 0;

  push(call: Call): void {
    if (this.length > this.mask) this.grow();
    this.slots[(this.first + this.length++) & this.mask] = call;
  }

  /** The oldest call; there must be one. */
  peek(): Call {
    return this.slots[this.first]!;
  }

  /** The call at place `index`, 0 being the oldest. */
  at(index: number): Call {
    return this.slots[(this.first + index) & this.mask]!;
  }

  shift(): Call {
    const call = this.slots[this.first]!;
    this.slots[this.first] = null;
    this.first = (this.first + 1) & this.mask;
    this.length--;
    return call;
  }

  private grow(): void {
    const slots = new Array<Call | null>(2 * this.slots.length).fill(null);
    for (let i = 0; i < this.length; i++) slots[i] = this.at(i);
    this.slots = slots;
    this.mask = slots.length - 1;
    this.first = 0;
  }
}
