/** From the hash of a key to a server: a distribution with the servers it was built from. */
export interface Placement {
  /** Index of the server for the low and high half of a hash, as signed numbers; `high` is 0 for hashes of 32 bits. */
  readonly place: (hash: number, high: number) => number;
  /** The point on the circle that decides, unsigned, for distributions that have a circle. */
  readonly point?: (hash: number) => number;
}
