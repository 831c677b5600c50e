import { type LifecycleEvent, type LifecycleState, nextState } from "./lifecycle-state.ts";

/** One change of state, as it is logged and shown at `/lifecycle`. */
export interface LifecycleChange {
  readonly from: LifecycleState;
  readonly to: LifecycleState;
  /** What led to it, for the operator: `SIGTERM`, `listeners are open`… */
  readonly reason: string;
  /** Unix time in ms. */
  readonly at: number;
  /** How long the new state may last, in ms; absent where it has no end. */
  readonly lasts?: number;
  /** Unix time in ms by which the new state ends on its own; absent where it has no end. */
  readonly deadline?: number;
}

/** Where the daemon stands in its life, with the changes that led there. Wall-clock time is handed in. */
export class Lifecycle {
  #state: LifecycleState = "starting";
  #deadline: number | null = null;
  readonly #changes: LifecycleChange[] = [];
  readonly #now: () => number;
  readonly #onChange: (change: LifecycleChange) => void;

  constructor(now: () => number, onChange: (change: LifecycleChange) => void) {
    this.#now = now;
    this.#onChange = onChange;
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** Unix time in ms by which the state ends on its own; null where it has no end. */
  get deadline(): number | null {
    return this.#deadline;
  }

  /** The last 32 changes, oldest first. */
  get changes(): readonly LifecycleChange[] {
    return this.#changes;
  }

  /** Takes the event and says whether it led anywhere. `lasts` is how long the new state may last, in ms. */
  on(event: LifecycleEvent, reason: string, lasts?: number): boolean {
    const to = nextState(this.#state, event);
    if (to === null) return false;
    const at = this.#now();
    const change: LifecycleChange = {
      from: this.#state,
      to,
      reason,
      at,
      ...(lasts === undefined ? {} : { lasts, deadline: at + lasts }),
    };
    this.#state = to;
    this.#deadline = change.deadline ?? null;
    this.#changes.push(change);
    if (this.#changes.length > 32) this.#changes.shift();
    this.#onChange(change);
    return true;
  }

  /**
   * The state, which has an end, ends `lasts` ms from now. Whether that is sooner, monotonic time has said: the clock for
   * people may have been set meanwhile.
   */
  hasten(lasts: number): void {
    if (this.#deadline !== null) this.#deadline = this.#now() + lasts;
  }
}
