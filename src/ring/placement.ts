/** From the hash of a key to a server: a distribution with the servers it was built from. */
export interface Placement {
  /** Index of the server for the low and high half of a hash, as signed numbers; `high` is 0 for hashes of 32 bits. */
  readonly place: (hash: number, high: number) => number;
  /** The point on the circle that decides, unsigned, for distributions that have a circle. */
  readonly point?: (hash: number) => number;
  /** For distributions that can be drawn as one: a circle of hashes, or a table of slots laid round. */
  readonly circle?: Circle;
}

/** A way round that is cut into stretches, each owned by a server. */
export interface Circle {
  /** Its length; a key lies at a whole number from 0, below this. */
  readonly size: number;
  /** Where a hash lies. */
  readonly position: (hash: number) => number;
  /** The stretches from 0 on, in order; the last one ends at `size`. Neighbours may have the same owner. */
  readonly stretches: () => Iterable<Stretch>;
}

export interface Stretch {
  /** The first position that is past it. */
  readonly end: number;
  /** Index of the server. */
  readonly owner: number;
}
