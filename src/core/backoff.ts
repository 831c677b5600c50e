/** How the pauses between attempts grow. */
export interface BackoffOptions {
  /** Pause after the first failure, in ms, > 0. */
  readonly base: number;
  /** Longest pause, in ms; below `base` it wins over it. */
  readonly cap: number;
  /**
   * Share of a pause, 0..1, that chance may take off, so that many who failed at one time do not return at one
   * time. It is taken off and not put on, so that it still spreads them once the cap is reached.
   */
  readonly jitter: number;
}

/**
 * The pause after `failures` failures in a row (0 and 1 both give the first pause): `base` doubled for each failure
 * after the first, at most `cap`, less a random part of at most `jitter` of it.
 * @param random gives a number in [0, 1)
 */
export function backoffDelay(options: BackoffOptions, failures: number, random: () => number): number {
  const doublings = Math.max(0, failures - 1);
  const full = Math.min(options.cap, options.base * 2 ** doublings);
  return full * (1 - options.jitter * random());
}
