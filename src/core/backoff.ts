/**
 * The pause before trying again: `base` doubled with each attempt before this one, at most `cap`, less a random part
 * of at most `jitter` of it. Chance takes off and does not put on, so that it still spreads those who failed at one
 * time once they have all reached the cap.
 * @param attempt how many pauses came before this one, >= 0
 * @param base first pause, in ms
 * @param cap longest pause, in ms; below `base` it wins over it
 * @param jitter 0..1
 * @param random gives a number in [0, 1)
 */
export function backoff(
  attempt: number,
  base: number,
  cap: number,
  jitter = 0.2,
  random: () => number = Math.random,
): number {
  const full = Math.min(cap, base * 2 ** attempt);
  return full * (1 - jitter * random());
}
