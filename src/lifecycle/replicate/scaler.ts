/** Whom replicas are of. */
export interface ScaleTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** How many replicas there are; null: that is not known. */
export interface Scale {
  readonly target: ScaleTarget | null;
  /** How many there should be. */
  readonly wanted: number | null;
  /** How many there are. */
  readonly current: number | null;
}

export interface ScaleOrder {
  readonly replicas: number;
  /** Why, for whoever carries it out. */
  readonly reason: string;
  /** Only what can be checked without a change is done. */
  readonly dryRun: boolean;
  /** The number counts whatever others have changed since the scale was read. */
  readonly overrules: boolean;
}

/** There is nothing that could be scaled: what podmate runs in, or is told of it, would have to be another. */
export class NotScalable extends Error {}

/** It was not done, and may well be a moment later. */
export class TryLater extends Error {}

/** Somebody else has scaled since the scale was read. */
export class ScaleConflict extends TryLater {}

/** Whether it was carried out is not known. */
export class ScaleUnclear extends Error {}

/** What can scale. All of it gives up, with the signal's reason, when that is aborted. */
export interface Scaler<Seen extends Scale = Scale> {
  /** Rejects with a TryLater where it may succeed soon. */
  read(signal: AbortSignal): Promise<Seen>;
  /**
   * Replaces what was read. Rejects with a ScaleConflict if that is not what is there any more, with another TryLater if
   * it may succeed soon, and with a ScaleUnclear if it may have been replaced all the same.
   */
  write(seen: Seen, order: ScaleOrder, signal: AbortSignal): Promise<Scale>;
}
